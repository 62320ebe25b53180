import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { type ClientEvent, EVENT_TYPES, PatchOp } from '../../src/protocol';
import { useScriptedPage } from '../support/browserSuite';
import type { ScriptedPage } from '../support/scriptedPage';

type Type = ClientEvent['type'];

/** An event: what is on the page, what makes it happen, and what of its data is certain. */
interface Row {
  readonly type: Type;
  readonly act: (page: Page) => Promise<unknown>;
  readonly data?: object | string;
  readonly html?: string;
}

const box = (content = '', attrs = ''): string =>
  `<div id="c" ${attrs} style="width:100px;height:40px;">${content}</div>`;
const fire = (expression: string) => (page: Page) =>
  page.evaluate(`c.dispatchEvent(${expression})`);
const point = { clientX: 30, clientY: 20, pageX: 30, pageY: 20 };
const at = (page: Page, x = 30, y = 20): Promise<void> => page.mouse.move(x, y);
const ANIMATED = `<style>body{margin:0} @keyframes k{} .a{animation:k .05s 2} .t{transition:opacity .05s;opacity:.5} .long{animation-duration:60s;transition-duration:60s}</style>`;
/** Gives the element a class, whose animation or transition starts at once. */
const show = (page: Page, name: string): Promise<unknown> =>
  page.evaluate(
    `getComputedStyle(c).opacity, c.className = '${name}', getComputedStyle(c).opacity`,
  );
const animate = (page: Page): Promise<unknown> => show(page, 'a');
const start = (page: Page): Promise<unknown> => show(page, 't');
/** Starts what lasts longer than any machine takes to cancel it, and does so. */
const cancel = async (page: Page, name: string): Promise<void> => {
  await show(page, `${name} long`);
  await page.evaluate(
    "requestAnimationFrame(() => requestAnimationFrame(() => { c.style.display = 'none' }))",
  );
};
const touched = [{ id: 0, clientX: 30, clientY: 20, pageX: 30, pageY: 20 }];
const drag = (page: Page): Promise<void> => page.dragAndDrop('#c', '#d');

const ROWS: Row[] = [
  { type: 'Click', act: page => page.click('#c') },
  { type: 'DblClick', act: page => page.dblclick('#c') },
  {
    type: 'MouseDown',
    act: page => page.click('#c'),
    data: { button: 0, buttons: 1, modifiers: 0 },
  },
  {
    type: 'MouseUp',
    act: page => page.click('#c', { button: 'right', modifiers: ['Shift'] }),
    data: { button: 2, modifiers: 2 },
  },
  {
    type: 'MouseMove',
    act: page => at(page, 1).then(() => at(page)),
    data: { ...point, offsetX: 30, offsetY: 20 },
  },
  { type: 'MouseEnter', act: at },
  { type: 'MouseLeave', act: page => at(page).then(() => at(page, 300, 300)) },
  {
    type: 'Wheel',
    act: page => at(page).then(() => page.mouse.wheel(3, 7)),
    data: { deltaX: 3, deltaY: 7, deltaMode: 0, clientX: 30, clientY: 20, modifiers: 0 },
  },
  { type: 'Input', html: '<input id="c" EVENTS>', act: page => page.fill('#c', 'x'), data: 'x' },
  {
    type: 'Change',
    html: '<input id="c" type="checkbox" EVENTS>',
    act: page => page.check('#c'),
    data: 'true',
  },
  {
    type: 'Submit',
    html: '<form id="c" EVENTS><input name="a" value="1"><button>x</button></form>',
    act: page => page.click('button'),
    data: [['a', '1']],
  },
  { type: 'Focus', html: '<input id="c" EVENTS>', act: page => page.focus('#c') },
  {
    type: 'Blur',
    html: '<input id="c" EVENTS>',
    act: page => page.focus('#c').then(() => page.evaluate('c.blur()')),
  },
  {
    type: 'KeyDown',
    html: '<input id="c" EVENTS>',
    act: fire(
      "new KeyboardEvent('keydown', { bubbles: true, key: 'a', code: 'KeyA', ctrlKey: true })",
    ),
    data: { key: 'a', code: 'KeyA', modifiers: 1, repeat: false, location: 0 },
  },
  {
    type: 'KeyUp',
    html: '<input id="c" EVENTS>',
    act: page => page.press('#c', 'Enter'),
    data: { key: 'Enter', code: 'Enter' },
  },
  {
    type: 'KeyPress',
    html: '<input id="c" EVENTS>',
    act: page => page.press('#c', 'x'),
    data: { key: 'x' },
  },
  {
    type: 'Scroll',
    html: `<div id="c" EVENTS style="height:20px;overflow:auto"><p style="height:300px">x</p></div>`,
    act: page => page.evaluate('c.scrollTop = 9'),
    data: { top: 9, left: 0 },
  },
  {
    type: 'Resize',
    act: page => page.setViewportSize({ width: 700, height: 500 }),
    data: { width: 700, height: 500 },
  },
  {
    type: 'TouchStart',
    act: page => page.touchscreen.tap(30, 20),
    data: { touches: touched, targetTouches: touched, changedTouches: touched },
  },
  {
    type: 'TouchMove',
    act: fire(
      `new TouchEvent('touchmove', { bubbles: true, changedTouches: [new Touch({ identifier: 0, target: c, clientX: 30, clientY: 20, pageX: 30, pageY: 20 })] })`,
    ),
    data: { touches: [], changedTouches: touched },
  },
  {
    type: 'TouchEnd',
    act: page => page.touchscreen.tap(30, 20),
    data: { touches: [], changedTouches: touched },
  },
  {
    type: 'DragStart',
    html: '<b id="c" draggable="true" EVENTS>drag</b><i id="d">drop</i>',
    act: drag,
    data: { modifiers: 0 },
  },
  {
    type: 'DragEnd',
    html: '<b id="c" draggable="true" EVENTS>drag</b><i id="d">drop</i>',
    act: drag,
    data: { modifiers: 0 },
  },
  {
    type: 'Drop',
    html: '<b id="d" draggable="true">drag</b><i id="c" EVENTS>drop</i>',
    act: page => page.dragAndDrop('#d', '#c'),
    data: { modifiers: 0 },
  },
  { type: 'AnimationStart', act: animate, data: { name: 'k', elapsed: 0, pseudoElement: '' } },
  { type: 'AnimationIteration', act: animate, data: { name: 'k', pseudoElement: '' } },
  { type: 'AnimationEnd', act: animate, data: { name: 'k', pseudoElement: '' } },
  {
    type: 'AnimationCancel',
    act: page => cancel(page, 'a'),
    data: { name: 'k' },
  },
  { type: 'TransitionRun', act: start, data: { name: 'opacity', elapsed: 0, pseudoElement: '' } },
  { type: 'TransitionStart', act: start, data: { name: 'opacity' } },
  { type: 'TransitionEnd', act: start, data: { name: 'opacity' } },
  {
    type: 'TransitionCancel',
    act: page => cancel(page, 't'),
    data: { name: 'opacity' },
  },
  {
    type: 'Custom',
    act: fire("new CustomEvent('custom', { bubbles: true, detail: { name: 'n', data: [1] } })"),
    data: { name: 'n', data: new TextEncoder().encode('[1]') },
  },
];
/** Sent by the client for reasons of its own: hooks, links, and codes that are none. */
const NOT_OF_ELEMENTS: Type[] = ['Hook', 'Navigate', 'Unknown'];

describe('events', function () {
  this.timeout(30_000);
  let scripted: ScriptedPage;

  useScriptedPage(opened => {
    scripted = opened;
  });
  afterEach(() => expect(scripted.errors).to.deep.equal([]));

  it('are all tested', () => {
    const here = [...ROWS.map(({ type }) => type), ...NOT_OF_ELEMENTS];
    expect(here.sort()).to.deep.equal(Object.keys(EVENT_TYPES).sort());
  });

  for (const { type, act, data, html = box('', 'EVENTS') } of ROWS) {
    it(`${type}: is sent with its data for an element with a handler`, async () => {
      const events = `data-hid="h5" data-ve="x,${EVENT_TYPES[type].dom}"`;
      await scripted.load(ANIMATED + html.replace('EVENTS', events));
      await act(scripted.page);
      const [event] = await scripted.events(type);
      expect(event?.hid).to.equal('h5');
      if (data === undefined) expect(event?.data).to.equal(undefined);
      else if (Array.isArray(data) || typeof data === 'string')
        expect(event?.data).to.deep.equal(data);
      else expect(event?.data).to.deep.include(data);
    });
  }

  const BUBBLING: Array<
    [type: Type, inner: string, act: (page: Page) => Promise<unknown>, data?: unknown]
  > = [
    ['Click', '<b id="c">x</b>', page => page.click('#c')],
    ['DblClick', '<b id="c">x</b>', page => page.dblclick('#c')],
    ['MouseDown', '<b id="c">x</b>', page => page.click('#c')],
    ['KeyDown', '<input id="c" NAMED>', page => page.press('#c', 'x')],
    ['KeyUp', '<input id="c" NAMED>', page => page.press('#c', 'x')],
    ['Input', '<input id="c" NAMED>', page => page.fill('#c', 'typed'), 'typed'],
    [
      'Change',
      '<select id="c" NAMED><option>a</option><option>b</option></select>',
      page => page.selectOption('#c', 'b'),
      'b',
    ],
    ['Change', '<input id="c" type="checkbox" NAMED>', page => page.check('#c'), 'true'],
    [
      'Submit',
      '<form id="c" NAMED><input name="a" value="1"><button>x</button></form>',
      page => page.click('button'),
      [['a', '1']],
    ],
    ['Wheel', '<b id="c" NAMED>x</b>', page => page.hover('#c').then(() => page.mouse.wheel(0, 1))],
    ['AnimationEnd', '<b id="c" NAMED>x</b>', animate],
    [
      'Drop',
      '<b id="d" draggable="true">x</b><b id="c" NAMED>x</b>',
      page => page.dragAndDrop('#d', '#c'),
    ],
  ];
  for (const [type, inner, act, data] of BUBBLING) {
    it(`${type}: reaches a container from ${inner}`, async () => {
      const named = inner.replace('NAMED', 'data-hid="h6" data-ve="x"');
      await scripted.load(
        `${ANIMATED}<div data-hid="h5" data-ve="${EVENT_TYPES[type].dom}">${named}</div>`,
      );
      await act(scripted.page);
      const [event] = await scripted.events(type);
      expect(event?.hid).to.equal('h5');
      if (data !== undefined) expect(event?.data).to.deep.equal(data);
    });
  }

  it('that do not bubble are handled by their own element only', async () => {
    await scripted.load(
      `<div data-hid="h5" data-ve="focus,blur,mouseenter,scroll" style="padding:50px"><input data-hid="h6"><i>x</i></div><b data-hid="h7" data-ve="click">end</b>`,
    );
    await scripted.page.hover('i');
    await scripted.page.focus('input');
    await scripted.page.click('b');
    await scripted.events('Click');
    expect(scripted.server.events.map(({ type }) => type)).to.deep.equal(['MouseEnter', 'Click']);
  });

  it('go only to the nearest element that handles them', async () => {
    const outer = (content: string): string =>
      `<div data-hid="h5" data-ve="keydown" data-key-filter="Escape"><div data-hid="h6" data-ve="click" data-self-click="true">${content}</div></div>`;
    await scripted.load(
      `<div data-hid="h4" data-ve="click,keydown">${outer('<input id="c" data-hid="h7" data-ve="keydown" data-key-filter="Enter">')}</div>`,
    );
    await scripted.page.press('#c', 'Enter');
    await scripted.page.press('#c', 'Escape');
    await scripted.page.press('#c', 'x');
    await scripted.page.click('#c');
    const events = await scripted.events('Click').then(() => scripted.server.events);
    expect(events.map(({ type, hid }) => [type, hid])).to.deep.equal([
      ['KeyDown', 'h7'],
      ['KeyDown', 'h5'],
      ['KeyDown', 'h4'],
      ['Click', 'h4'],
    ]);
  });

  const FILTERS: Array<[filter: string, press: string, passes: boolean]> = [
    ['Ctrl+s', 'Control+s', true],
    ['Ctrl+s', 's', false],
    ['Ctrl + Shift + S', 'Control+Shift+S', true],
    ['+', '+', true],
    ['Ctrl++', 'Control++', true],
    [' ', 'Space', true],
    ['Enter', 'Shift+Enter', false],
  ];
  for (const [filter, press, passes] of FILTERS) {
    it(`of the keys "${filter}" ${passes ? 'are' : 'are not'} ${press}`, async () => {
      await scripted.load(
        `<div id="c" tabindex="0" data-hid="h5" data-ve="keydown,blur" data-key-filter="${filter}">x</div>`,
      );
      await scripted.page.press('#c', press);
      await scripted.is('c.blur()');
      await scripted.events('Blur');
      expect(scripted.server.events.some(({ type }) => type === 'KeyDown')).to.equal(passes);
    });
  }

  it('are not sent for keys that an input method uses', async () => {
    await scripted.load(
      '<input id="c" data-hid="h5" data-ve="keydown,keyup" data-key-filter="Enter">',
    );
    await scripted.is(`['keydown', 'keyup'].forEach(type => {
      c.dispatchEvent(new KeyboardEvent(type, { key: 'Enter', isComposing: true, bubbles: true }));
      c.dispatchEvent(new KeyboardEvent(type, { key: 'Enter', keyCode: 229, bubbles: true }));
      c.dispatchEvent(new Event(type, { bubbles: true }));
    })`);
    await scripted.page.press('#c', 'Enter');
    await scripted.events('KeyUp');
    expect(scripted.server.events.map(({ type }) => type)).to.deep.equal(['KeyDown', 'KeyUp']);
  });

  it('fired by scripts at the document or without data do no harm', async () => {
    await scripted.load('<button data-hid="h5" data-ve="click">x</button>');
    const types = Object.values(EVENT_TYPES).map(({ dom }) => dom);
    await scripted.is(
      `for (const target of [document, window, document.body, document.querySelector('button').firstChild])
         for (const type of ${JSON.stringify([...types, 'reset', 'mouseover', 'dragover', 'compositionstart', 'compositionend'])})
           if (type !== 'click' || target === document) target.dispatchEvent(new Event(type, { bubbles: true }))`,
    );
    await scripted.page.click('button');
    expect((await scripted.events('Click')).length).to.equal(1);
  });

  it('that are throttled are sent together and before later events', async () => {
    await scripted.load(
      `<style>body{margin:0}</style>${box('', 'data-hid="h5" data-ve="mousemove,mouseup,wheel" data-throttle-mousemove="60000" data-throttle-wheel="60000"')}`,
    );
    for (let x = 10; x <= 50; x += 10) await at(scripted.page, x);
    for (let turn = 0; turn < 3; turn++) await scripted.page.mouse.wheel(0, 5);
    await scripted.until(
      'new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))',
    );
    await scripted.page.mouse.down();
    await scripted.page.mouse.up();
    await scripted.events('MouseUp');
    const { events } = scripted.server;
    expect(events.map(({ type }) => type)).to.deep.equal(['MouseMove', 'Wheel', 'MouseUp']);
    expect(events[0]?.data).to.deep.include({ clientX: 50 });
    expect(events[1]?.data).to.deep.include({ deltaY: 15 });
  });

  it('with the once modifier are sent once', async () => {
    await scripted.load('<input id="c" data-hid="h5" data-ve="input,blur" data-once-input="true">');
    for (const value of ['a', 'b']) {
      await scripted.page.fill('#c', value);
      await scripted.is('c.blur()');
    }
    await scripted.events('Blur', 2);
    expect(scripted.server.events.map(({ type }) => type)).to.deep.equal(['Input', 'Blur', 'Blur']);
  });

  describe('a click handler of a container', () => {
    const CONTENTS: Array<
      [what: string, html: string, act: string, state: string, after: unknown]
    > = [
      ['a checkbox', '<input id="c" type="checkbox">', '#c', 'c.checked', true],
      ['a radio button', '<input id="c" type="radio">', '#c', 'c.checked', true],
      ['a label', '<label><input id="c" type="checkbox"><b>x</b></label>', 'b', 'c.checked', true],
      ['details', '<details id="c"><summary>s</summary>x</details>', 'summary', 'c.open', true],
      [
        'a form',
        '<form id="c" onsubmit="event.preventDefault(), c.dataset.sent = 1"><button>s</button></form>',
        'button',
        'c.dataset.sent',
        '1',
      ],
      [
        'a link to a place of the page',
        '<a id="c" href="#there">x</a>',
        '#c',
        'location.hash',
        '#there',
      ],
    ];
    for (const [what, html, act, state, after] of CONTENTS) {
      it(`runs, and the browser handles ${what}`, async () => {
        await scripted.load(`<div data-hid="h5" data-ve="click">${html}</div>`);
        await scripted.page.click(act);
        const [event] = await scripted.events('Click');
        expect(event?.hid).to.equal('h5');
        expect(await scripted.is(state)).to.equal(after);
      });
    }

    it('runs, and a handled form runs its own handler', async () => {
      await scripted.load(
        '<div data-hid="h5" data-ve="click"><form data-hid="h6" data-ve="submit"><button name="b" value="v">s</button></form></div>',
      );
      await scripted.page.click('button');
      await scripted.events('Submit');
      expect(scripted.server.events.map(({ type, hid }) => [type, hid])).to.deep.equal([
        ['Click', 'h5'],
        ['Submit', 'h6'],
      ]);
    });

    it('prevents the default action if the render asks for it', async () => {
      await scripted.load(
        '<div data-hid="h5" data-ve="click" data-pd-click="true"><input id="c" type="checkbox"></div>',
      );
      await scripted.page.click('#c');
      await scripted.events('Click');
      expect(await scripted.is('c.checked')).to.equal(false);
    });
  });

  for (const [what, html, prevented] of [
    ['a checkbox', '<input type="checkbox" id="c" EVENTS>', false],
    ['a summary', '<details><summary id="c" EVENTS>s</summary>x</details>', false],
    [
      'a button that submits',
      '<form action="/elsewhere"><button id="c" EVENTS>s</button></form>',
      true,
    ],
    ['a link', '<a href="/elsewhere" id="c" EVENTS>x</a>', true],
    ['an element in a link', '<a href="/elsewhere"><b id="c" EVENTS>x</b></a>', true],
  ] as const) {
    it(`a click handler of ${what} ${prevented ? 'is there instead of' : 'comes with'} what the browser does`, async () => {
      await scripted.load(html.replace('EVENTS', 'data-hid="h5" data-ve="click"'));
      await scripted.is(
        "addEventListener('click', event => { window.prevented = event.defaultPrevented })",
      );
      await scripted.page.click('#c');
      await scripted.events('Click');
      expect(await scripted.is('window.prevented')).to.equal(prevented);
    });
  }

  it('of removed elements are not sent', async () => {
    await scripted.load(
      '<input id="c" data-hid="h5" data-ve="input" data-debounce="60000"><b data-hid="h6" data-ve="click">x</b>',
    );
    await scripted.page.fill('#c', 'x');
    await scripted.patch([{ op: PatchOp.RemoveNode, hid: 'h5' }]);
    await scripted.page.click('b');
    await scripted.events('Click');
    expect(scripted.server.events.map(({ type }) => type)).to.deep.equal(['Click']);
  });
});
