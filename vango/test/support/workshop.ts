import type { Page } from 'playwright-core';
import { type App, createApp, h, persisted, signal } from '../../src';

const count = persisted(0, { key: 'workshop.count' });

const CONTROLS: ReadonlyArray<[type: string, typed: string]> = [
  ['text', 'some text'],
  ['password', 'a secret'],
  ['email', 'a@b.example'],
  ['number', '12.5'],
  ['search', 'what'],
  ['tel', '123'],
  ['url', 'https://a.example'],
  ['date', '2026-01-02'],
  ['time', '10:20'],
  ['range', '7'],
  ['color', '#123456'],
];

/**
 * Creates an app whose page has all kinds of state that the server does not know.
 *
 * @param extra - Renders more content at the start of the page.
 */
export function workshop(
  options: Parameters<typeof createApp>[0] = {},
  extra?: () => unknown,
): App {
  const app = createApp({ ...options, logger: undefined });
  app.page('/', () => {
    const clicks = count();
    const seen = signal('');
    return h(
      'main',
      null,
      h('div', { id: 'extra' }, (extra?.() ?? null) as never),
      h('button', { id: 'add', onClick: () => void clicks.value++ }, String(clicks.value)),
      h('details', null, h('summary', null, 'more'), h('p', null, 'details')),
      h('dialog', { id: 'modal' }, h('p', null, 'modal')),
      h('dialog', { id: 'modeless' }, h('p', null, 'modeless')),
      h('iframe', { srcDoc: '<p>frame</p>', title: 'frame' }),
      h('canvas', { width: '20', height: '20' }),
      h('video', null),
      h('div', { id: 'editable', contentEditable: 'true' }, 'edit me'),
      h('p', { id: 'prose' }, 'words that can be selected'),
      h(
        'div',
        { id: 'scroller', style: 'height:40px;overflow:auto' },
        h('div', { style: 'height:900px' }),
      ),
      h(
        'form',
        { id: 'form' },
        CONTROLS.map(([type]) => h('input', { type, name: type })),
        h('textarea', { name: 'area' }),
        h('input', {
          name: 'told',
          onInput: (value: string) => {
            seen.value = value;
          },
        }),
        h('select', { name: 'one' }, h('option', null, 'a'), h('option', null, 'b')),
        h(
          'select',
          { name: 'many', multiple: true },
          h('option', null, 'a'),
          h('option', null, 'b'),
        ),
        h('input', { type: 'checkbox', name: 'box' }),
        h('input', { type: 'checkbox', name: 'half' }),
        h('input', { type: 'radio', name: 'choice', value: '1' }),
        h('input', { type: 'radio', name: 'choice', value: '2' }),
        h('input', { type: 'file', name: 'file' }),
      ),
      h('p', { style: 'height:3000px' }, 'long'),
    );
  });
  return app;
}

/** Changes the page as users and scripts do. */
export async function useWorkshop(page: Page): Promise<void> {
  await page.click('#add');
  await page.waitForFunction(() => document.querySelector('#add')?.textContent === '1');
  for (const [type, typed] of CONTROLS) await page.fill(`[name=${type}]`, typed);
  await page.fill('[name=area]', 'lines\nof text');
  await page.fill('[name=told]', 'told');
  await page.selectOption('[name=one]', 'b');
  await page.selectOption('[name=many]', ['b']);
  await page.check('[name=box]');
  await page.check('[name=choice][value="2"]');
  await page.setInputFiles('[type=file]', {
    name: 'a.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('a'),
  });
  await page.fill('#editable', 'edited');
  await page.click('summary');
  await page.evaluate(SCRIPT);
}

const SCRIPT = `(async () => {
  const find = selector => document.querySelector(selector);
  find('[name=half]').indeterminate = true;
  find('canvas').getContext('2d').fillRect(0, 0, 10, 10);
  const samples = new Uint8Array(44 + 16000);
  const wave = new DataView(samples.buffer);
  const text = (at, chars) => [...chars].forEach((char, i) => wave.setUint8(at + i, char.charCodeAt(0)));
  text(0, 'RIFF'); wave.setUint32(4, 36 + 16000, true); text(8, 'WAVEfmt '); wave.setUint32(16, 16, true);
  wave.setUint16(20, 1, true); wave.setUint16(22, 1, true); wave.setUint32(24, 8000, true); wave.setUint32(28, 8000, true);
  wave.setUint16(32, 1, true); wave.setUint16(34, 8, true); text(36, 'data'); wave.setUint32(40, 16000, true);
  const video = find('video');
  video.src = URL.createObjectURL(new Blob([samples], { type: 'audio/wav' }));
  await new Promise(resolve => { video.onloadedmetadata = resolve; });
  video.currentTime = 1;
  await new Promise(resolve => { video.onseeked = resolve; });
  find('[name=area]').style.height = '123px';
  find('iframe').contentWindow.mark = 'not loaded again';
  find('#scroller').scrollTop = 200;
  scrollTo(0, 300);
  find('#modeless').show();
  find('#modal').showModal();
  getSelection().setBaseAndExtent(find('#prose').firstChild, 2, find('#prose').firstChild, 9);
  for (const element of document.querySelectorAll('body *')) element.mark = 'the same';
})()`;

/** Reads all state of the page that `useWorkshop()` set. */
export function lookAtWorkshop(page: Page): Promise<Record<string, unknown>> {
  return page.evaluate(`(() => {
    const find = selector => document.querySelector(selector);
    const controls = [...document.querySelectorAll('input, textarea, select')];
    return {
      clicks: find('#add').textContent,
      controls: controls.map(c => [c.name, c.type === 'file' ? c.files[0]?.name : c.value, c.checked, c.indeterminate]),
      many: [...find('[name=many]').selectedOptions].map(o => o.value),
      area: find('[name=area]').style.height,
      details: find('details').open,
      modal: find('#modal').matches(':modal'),
      modeless: find('#modeless').open,
      frame: find('iframe').contentWindow.mark,
      canvas: find('canvas').getContext('2d').getImageData(5, 5, 1, 1).data[3],
      video: find('video').currentTime,
      editable: find('#editable').textContent,
      selection: getSelection().toString(),
      scrolls: [find('#scroller').scrollTop, scrollY],
      strangers: [...document.querySelectorAll('main *')].filter(e => e.mark !== 'the same').map(e => e.outerHTML),
    };
  })()`);
}
