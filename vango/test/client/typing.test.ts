import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { type App, createApp, h, type Signal, signal } from '../../src';
import { PatchOp } from '../../src/protocol';
import { useBrowser } from '../support/browserSuite';
import { silentLogger } from '../support/logger';
import { ScriptedPage } from '../support/scriptedPage';
import { SlowNetwork } from '../support/slowNetwork';
import { waitFor } from '../support/wait';

const TYPED = 'abcdefghij';
/** Milliseconds between two keys. */
const PACE = 130;

type Handler = (text: string, value: Signal<string>) => void | Promise<void>;
type Props = (value: Signal<string>, handler: Handler) => Record<string, unknown>;

const controlled: Props = (value, handler) => ({
  value: value.value,
  onInput: (text: string) => handler(text, value),
});
const free: Props = (value, handler) => ({ onInput: (text: string) => handler(text, value) });

const HANDLERS: Array<[name: string, props: Props, handler: Handler, result: string]> = [
  [
    'normalising',
    controlled,
    (text, value) => {
      value.value = text.toUpperCase();
    },
    TYPED.toUpperCase(),
  ],
  [
    'echoing',
    controlled,
    (text, value) => {
      value.value = text;
    },
    TYPED,
  ],
  [
    'plain',
    free,
    (text, value) => {
      value.value = text;
    },
    TYPED,
  ],
  [
    'slowly normalising',
    controlled,
    async (text, value) => {
      await new Promise(resolve => setTimeout(resolve, 150));
      value.value = text.toUpperCase();
    },
    TYPED.toUpperCase(),
  ],
];

describe('typed text', function () {
  this.timeout(60_000);
  let browser: Browser;

  useBrowser(started => {
    browser = started;
  });

  for (const roundTrip of [20, 200, 400]) {
    it(`is kept with a round trip of ${roundTrip} ms, for each kind of handler`, async () => {
      const values: Array<Signal<string>> = [];
      const app: App = createApp({ logger: silentLogger() });
      for (const [index, [, props, handler]] of HANDLERS.entries()) {
        app.page(`/${index}`, () => {
          const value = signal('');
          values[index] = value;
          return h('main', null, h('input', { id: 'c', ...props(value, handler) }));
        });
      }
      const { port } = await app.listen(0, '127.0.0.1');
      const network = new SlowNetwork(port, roundTrip / 2);
      const origin = await network.listen();
      try {
        const results = await Promise.all(
          HANDLERS.map(async ([name, , , result], index) => {
            const page = await browser.newPage();
            await page.goto(`${origin}/${index}`);
            await page.waitForSelector('html.vango-connected');
            await page.locator('#c').pressSequentially(TYPED, { delay: PACE });
            const shown = (): Promise<string> => page.inputValue('#c');
            await waitFor(
              'the answer',
              async () => (await shown()) === result && values[index]?.value === result,
            );
            await page.close();
            return name;
          }),
        );
        expect(results).to.deep.equal(HANDLERS.map(([name]) => name));
      } finally {
        await network.close();
        await app.close();
      }
    });
  }

  describe('together with writes of the server', () => {
    let scripted: ScriptedPage;

    before(async () => {
      scripted = await ScriptedPage.open(browser);
    });
    after(() => scripted.close());

    const input = (attrs: string): Promise<void> =>
      scripted.load(`<input id="c" data-hid="h5" data-ve="input" ${attrs}>`);
    const selection = '[c.selectionStart, c.selectionEnd, c.selectionDirection].join()';
    const set = (value: string) => ({ op: PatchOp.SetValue, hid: 'h5', value }) as const;

    const SELECTIONS: Array<[range: string, value: string, after: string]> = [
      ['1, 4, "backward"', 'ABCDEF', '1,4,backward'],
      ['0, 6, "forward"', 'ABCDEF', '0,6,forward'],
      ['0, 6', 'longer than before', '0,18,forward'],
      ['6, 6', '1,234,567', '9,9,forward'],
      ['2, 5', 'abc', '2,3,forward'],
      ['2, 2', '', '0,0,forward'],
    ];
    for (const [range, value, after] of SELECTIONS) {
      it(`a selection of ${range} of 6 is ${after} in ${JSON.stringify(value)}`, async () => {
        await input('value="abcdef"');
        await scripted.is(`c.focus(), c.setSelectionRange(${range})`);
        await scripted.patch([set(value)]);
        expect((await scripted.is<string>(selection)).replace('none', 'forward')).to.equal(after);
      });
    }

    for (const [browsers, setup] of [
      ['browsers that move elements as they are', ''],
      ['browsers that take them out and put them in', 'delete Element.prototype.moveBefore'],
    ]) {
      it(`a selection stays when its input is moved, in ${browsers}`, async () => {
        await scripted.load(
          '<div data-hid="h4"><input id="c" data-hid="h5" value="abcdef"><b data-hid="h6">b</b></div>',
        );
        await scripted.is(`${setup || '0'}, c.focus(), c.setSelectionRange(1, 4, "backward")`);
        await scripted.patch([{ op: PatchOp.MoveNode, hid: 'h5', parent: 'h4', index: 2 }]);
        expect(await scripted.is('c.previousElementSibling.tagName')).to.equal('B');
        expect(await scripted.is(`document.activeElement.id + ${selection}`)).to.equal(
          'c1,4,backward',
        );
      });
    }

    it('an incomplete number is kept while it has the focus, and replaced afterwards', async () => {
      await input('type="number"');
      await scripted.page.locator('#c').pressSequentially('1');
      await scripted.events('Input', 1);
      await scripted.page.keyboard.type('e');
      await scripted.events('Input', 2);
      await scripted.patch([set('0')], 2);
      await scripted.page.keyboard.type('2');
      const typed = await scripted.events('Input', 3);
      expect(typed.map(({ data }) => data)).to.deep.equal(['1', '', '1e2']);
      await scripted.page.keyboard.press('Backspace');
      await scripted.events('Input', 4);
      await scripted.is('c.blur()');
      await scripted.patch([set('0')], 4);
      expect(await scripted.is('c.value')).to.equal('0');
    });

    it('final zeros of a number are kept while it is typed', async () => {
      await input('type="number"');
      await scripted.page.locator('#c').pressSequentially('1.0');
      await waitFor('the last text', async () =>
        scripted.server.events.some(({ data }) => data === '1.0'),
      );
      await scripted.patch([set('1')], scripted.server.events.length);
      await scripted.page.keyboard.type('5');
      expect(await scripted.is('c.value')).to.equal('1.05');
    });

    it('an incomplete date is kept', async () => {
      await input('type="date"');
      await scripted.page.locator('#c').pressSequentially('12');
      expect(await scripted.is('[c.value, c.validity.badInput].join()')).to.equal(',true');
      await scripted.patch([set('2026-01-01')]);
      expect(await scripted.is('c.value')).to.equal('');
    });

    it('a later choice of a radio button is not undone by an earlier answer', async () => {
      const radio = (hid: string): string =>
        `<input type="radio" name="r" id="${hid}" value="${hid}" data-hid="${hid}" data-ve="change">`;
      await scripted.load(`<form>${radio('h5')}${radio('h6')}${radio('h7')}</form>`);
      await scripted.page.check('#h6');
      await scripted.page.check('#h7');
      await scripted.events('Change', 2);
      await scripted.patch([{ op: PatchOp.SetChecked, hid: 'h5', value: true }], 1);
      expect(await scripted.is('document.querySelector(":checked").value')).to.equal('h7');
    });

    it('the caret of an editable element stays if the server normalises its text', async () => {
      await scripted.load('<div id="c" contenteditable data-hid="h5" data-ve="input"></div>');
      await scripted.page.locator('#c').pressSequentially('ab');
      await waitFor('the text', () => scripted.server.events.some(({ data }) => data === 'ab'));
      await scripted.patch([{ op: PatchOp.SetText, hid: 'h5', value: 'AB' }]);
      await scripted.page.keyboard.type('c');
      expect(await scripted.is('c.textContent')).to.equal('ABc');
    });

    it('the lines of an editable element are sent as lines', async () => {
      await scripted.load('<div id="c" contenteditable data-hid="h5" data-ve="input"></div>');
      await scripted.page.locator('#c').pressSequentially('a');
      await scripted.page.keyboard.press('Enter');
      await scripted.page.keyboard.type('b');
      await waitFor('the text', () => scripted.server.events.some(({ data }) => data === 'a\nb'));
    });
  });
});
