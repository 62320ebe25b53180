import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { type Patch, PatchOp, type WireNode } from '../../src/protocol';
import { useScriptedPage } from '../support/browserSuite';
import type { ScriptedPage } from '../support/scriptedPage';

function element(
  tag: string,
  attrs: Record<string, string> = {},
  ...children: WireNode[]
): WireNode {
  const { hid = '', ...others } = attrs;
  return { kind: 'element', tag, hid, attrs: Object.entries(others).sort(), children };
}
const text = (content: string): WireNode => ({ kind: 'text', text: content });

/** HTML of a wire node as the server writes it. */
function html(node: WireNode): string {
  if (node.kind === 'text') return node.text;
  if (node.kind === 'fragment') return node.children.map(html).join('');
  const attrs = [...node.attrs, ['data-hid', node.hid]].filter(
    ([, value]) => value !== '' || node.hid !== '',
  );
  const open = attrs.map(([name, value]) => ` ${name}="${value}"`).join('');
  return `<${node.tag}${open}>${node.children.map(html).join('')}</${node.tag}>`;
}

const set = (value: string, hid = 'h5'): Patch => ({ op: PatchOp.SetValue, hid, value });
const check = (value: boolean, hid = 'h5'): Patch => ({ op: PatchOp.SetChecked, hid, value });

/** A control, and what is done to it. States are what `shown` gives, of the element `c`. */
interface Row {
  readonly name: string;
  /** As the server renders it first; its HID is h5, and it takes input and change events. */
  readonly node: WireNode;
  /** Where the page as loaded needs other markup than the node. */
  readonly loaded?: string;
  readonly shown: string;
  readonly first: unknown;
  /** What the server changes it to, and the state then. */
  readonly patches: Patch[];
  readonly after: unknown;
  /** What asks for the first state again. */
  readonly refusal: Patch[];
  readonly user?: (page: Page) => Promise<unknown>;
  /** The state that the user makes, and what the server is told. */
  readonly entered?: unknown;
  readonly told?: readonly [type: 'Input' | 'Change', data: string];
  /** New options, with the value that is one of them, and the state then. */
  readonly options?: readonly [patches: Patch[], state: unknown];
  /** Whether it is gone from the page, and the focus with it, once it is changed. */
  readonly losesFocus?: true;
  /** Whether text is composed in it. */
  readonly composes?: true;
}

const CONTROL = { 'data-ve': 'change,input', hid: 'h5', id: 'c' };
const option = (value: string, hid = ''): WireNode =>
  element('option', { value, hid }, text(value));
const insertOption = (value: string, index: number): Patch => ({
  ...{ op: PatchOp.InsertNode, hid: '', parent: 'h5', index },
  node: option(value, `o${value}`),
});
const chosen = '[...c.selectedOptions].map(o => o.value).join()';

const ROWS: Row[] = [
  {
    name: 'a text input',
    node: element('input', { ...CONTROL, value: 'first' }),
    shown: 'c.value',
    ...{ first: 'first', patches: [set('second')], after: 'second', refusal: [set('first')] },
    user: page => page.fill('#c', 'mine'),
    ...{ entered: 'mine', told: ['Input', 'mine'], composes: true },
  },
  {
    name: 'an e-mail input',
    node: element('input', { ...CONTROL, type: 'email', value: 'a@b.c' }),
    shown: 'c.value',
    ...{ first: 'a@b.c', patches: [set('d@e.f')], after: 'd@e.f', refusal: [set('a@b.c')] },
    user: page => page.fill('#c', 'm@i.ne'),
    ...{ entered: 'm@i.ne', told: ['Input', 'm@i.ne'] },
  },
  {
    name: 'a text area',
    node: element('textarea', { ...CONTROL, value: 'one\ntwo' }),
    loaded: '<textarea id="c" data-hid="h5" data-ve="change,input">one\ntwo</textarea>',
    shown: 'c.value',
    ...{ first: 'one\ntwo', patches: [set('three')], after: 'three', refusal: [set('one\ntwo')] },
    user: page => page.fill('#c', 'mine'),
    ...{ entered: 'mine', told: ['Input', 'mine'], composes: true },
  },
  {
    name: 'a number input',
    node: element('input', { ...CONTROL, type: 'number', value: '1' }),
    shown: 'c.value',
    ...{ first: '1', patches: [set('2')], after: '2', refusal: [set('1')] },
    user: page => page.fill('#c', '7'),
    ...{ entered: '7', told: ['Input', '7'] },
  },
  {
    name: 'a date input',
    node: element('input', { ...CONTROL, type: 'date', value: '2026-01-01' }),
    shown: 'c.value',
    ...{ first: '2026-01-01', patches: [set('2026-02-02')], after: '2026-02-02' },
    refusal: [set('2026-01-01')],
    user: page => page.fill('#c', '2026-03-03'),
    ...{ entered: '2026-03-03', told: ['Input', '2026-03-03'] },
  },
  {
    name: 'a slider',
    node: element('input', { ...CONTROL, type: 'range', value: '10' }),
    shown: 'c.value',
    ...{ first: '10', patches: [set('20')], after: '20', refusal: [set('10')] },
    user: page => page.fill('#c', '30'),
    ...{ entered: '30', told: ['Input', '30'] },
  },
  {
    name: 'a checkbox',
    node: element('input', { ...CONTROL, type: 'checkbox', checked: '' }),
    shown: 'c.checked',
    ...{ first: true, patches: [check(false)], after: false, refusal: [check(true)] },
    user: page => page.uncheck('#c'),
    ...{ entered: false, told: ['Change', 'false'] },
  },
  {
    name: 'a group of radio buttons',
    node: element(
      'div',
      { id: 'c' },
      element('input', {
        type: 'radio',
        name: 'r',
        value: 'a',
        checked: '',
        hid: 'h6',
        'data-ve': 'change',
      }),
      element('input', { type: 'radio', name: 'r', value: 'b', hid: 'h5', 'data-ve': 'change' }),
      element('input', { type: 'radio', name: 'r', value: 'c', hid: 'h7', 'data-ve': 'change' }),
    ),
    shown: 'c.querySelector(":checked")?.value',
    ...{ first: 'a', patches: [check(false, 'h6'), check(true, 'h7')], after: 'c' },
    refusal: [check(false, 'h5'), check(true, 'h6')],
    user: page => page.check('[data-hid=h5]'),
    ...{ entered: 'b', told: ['Change', 'b'] },
  },
  {
    name: 'a select',
    node: element('select', { ...CONTROL, value: 'b' }, option('a'), option('b')),
    loaded:
      '<select id="c" data-hid="h5" data-ve="change,input"><option>a</option><option selected>b</option></select>',
    shown: chosen,
    ...{ first: 'b', patches: [set('a')], after: 'a', refusal: [set('b')] },
    user: page => page.selectOption('#c', 'a'),
    ...{ entered: 'a', told: ['Change', 'a'] },
    options: [[insertOption('d', 0), insertOption('e', 3), set('e')], 'e'],
  },
  {
    name: 'a select of several',
    node: element(
      'select',
      { ...CONTROL, multiple: '', value: 'a,c' },
      option('a'),
      option('b'),
      option('c'),
    ),
    loaded:
      '<select id="c" multiple data-hid="h5" data-ve="change,input"><option selected>a</option><option>b</option><option selected>c</option></select>',
    shown: chosen,
    ...{ first: 'a,c', patches: [set('b,c')], after: 'b,c', refusal: [set('a,c')] },
    user: page => page.selectOption('#c', ['a', 'b']),
    ...{ entered: 'a,b', told: ['Change', 'a,b'] },
    options: [[insertOption('d', 0), set('c,d')], 'd,c'],
  },
  {
    name: 'a select whose options say which are selected',
    node: element(
      'select',
      { ...CONTROL, multiple: '' },
      ...['a', 'b', 'c'].map(value =>
        element('option', { value, hid: `o${value}`, ...(value === 'b' ? {} : { selected: '' }) }),
      ),
    ),
    shown: chosen,
    first: 'a,c',
    patches: [
      { op: PatchOp.SetSelected, hid: 'ob', value: true },
      { op: PatchOp.SetSelected, hid: 'oa', value: false },
      { op: PatchOp.SetSelected, hid: 'oc', value: true },
    ],
    after: 'b,c',
    refusal: [
      { op: PatchOp.SetSelected, hid: 'oa', value: true },
      { op: PatchOp.SetSelected, hid: 'ob', value: false },
      { op: PatchOp.SetSelected, hid: 'oc', value: true },
    ],
    user: page => page.selectOption('#c', ['b']),
    ...{ entered: 'b', told: ['Change', 'b'] },
  },
  {
    name: 'a button with a value',
    node: element('button', { ...CONTROL, type: 'button', value: '0' }, text('x')),
    shown: 'c.value',
    first: '0',
    patches: [{ op: PatchOp.SetAttr, hid: 'h5', key: 'value', value: '1' }],
    after: '1',
    refusal: [{ op: PatchOp.SetAttr, hid: 'h5', key: 'value', value: '0' }],
  },
  {
    name: 'an editable element',
    node: element('div', { ...CONTROL, contenteditable: 'true' }, text('first')),
    shown: 'c.textContent',
    first: 'first',
    patches: [{ op: PatchOp.SetText, hid: 'h5', value: 'second' }],
    after: 'second',
    refusal: [{ op: PatchOp.SetText, hid: 'h5', value: 'first' }],
    user: page => page.fill('#c', 'mine'),
    ...{ entered: 'mine', told: ['Input', 'mine'], composes: true },
  },
  {
    name: 'details',
    node: element(
      'details',
      { hid: 'h5', id: 'c', open: '' },
      element('summary', {}, text('s')),
      text('x'),
    ),
    shown: 'c.open',
    ...{ first: true, patches: [{ op: PatchOp.RemoveAttr, hid: 'h5', key: 'open' }], after: false },
    refusal: [{ op: PatchOp.SetAttr, hid: 'h5', key: 'open', value: '' }],
  },
  {
    name: 'a dialog',
    node: element('dialog', { hid: 'h5', id: 'c', open: '' }, text('x')),
    shown: 'c.open',
    ...{ first: true, patches: [{ op: PatchOp.RemoveAttr, hid: 'h5', key: 'open' }], after: false },
    refusal: [{ op: PatchOp.SetAttr, hid: 'h5', key: 'open', value: '' }],
    losesFocus: true,
  },
  {
    name: 'a progress bar',
    node: element('progress', { hid: 'h5', id: 'c', max: '10', value: '3' }),
    shown: 'c.value',
    first: 3,
    patches: [{ op: PatchOp.SetAttr, hid: 'h5', key: 'value', value: '4' }],
    after: 4,
    refusal: [{ op: PatchOp.SetAttr, hid: 'h5', key: 'value', value: '3' }],
  },
];

describe('controls', function () {
  this.timeout(30_000);
  let scripted: ScriptedPage;

  useScriptedPage(opened => {
    scripted = opened;
  });

  const page = (content: string): string =>
    `<form data-hid="h3"><div data-hid="h4">${content}</div><button type="reset">r</button></form><p data-hid="h8" data-ve="mousedown">p</p>`;

  for (const row of ROWS) {
    const shown = (): Promise<unknown> => scripted.is(row.shown);
    const open = (): Promise<void> => scripted.load(page(row.loaded ?? html(row.node)));
    const sent = (): number => scripted.server.events.length;
    const insert: Patch = {
      op: PatchOp.InsertNode,
      hid: '',
      parent: 'h4',
      index: 0,
      node: row.node,
    };

    describe(row.name, () => {
      afterEach(() => expect(scripted.errors).to.deep.equal([]));

      it('shows its rendered state, then the state that the server sets', async () => {
        await open();
        expect(await shown()).to.deep.equal(row.first);
        await scripted.patch(row.patches);
        expect(await shown()).to.deep.equal(row.after);
      });

      it('shows the state that it is inserted with, and restores it on reset', async () => {
        await scripted.load(page(''));
        await scripted.patch([insert]);
        expect(await shown()).to.deep.equal(row.first);
        if (row.user === undefined || row.name === 'an editable element') return;
        await row.user(scripted.page);
        await scripted.page.click('[type=reset]');
        expect(await shown()).to.deep.equal(row.first);
        await scripted.patch(row.patches, 99);
        expect(await shown()).to.deep.equal(row.after);
      });

      const keepsFocus = async (): Promise<void> => {
        await open();
        await scripted.is('(c.querySelector("input, summary") ?? c).focus()');
        const focused = await scripted.is('document.activeElement.outerHTML.slice(0, 20)');
        await scripted.patch(row.patches);
        expect(await shown()).to.deep.equal(row.after);
        expect(await scripted.is('document.activeElement.outerHTML.slice(0, 20)')).to.equal(
          focused,
        );
      };
      if (!row.losesFocus) it('keeps the focus when the server changes it', keepsFocus);

      const { user, told, entered, options } = row;
      if (options !== undefined) {
        it('shows a value that arrives with its options', async () => {
          await open();
          await scripted.patch(options[0]);
          expect(await shown()).to.deep.equal(options[1]);
        });
      }
      if (user === undefined || told === undefined) return;

      it('restores its state if the server refuses the input', async () => {
        await open();
        await user(scripted.page);
        const [event] = await scripted.events(told[0]);
        expect([event?.type, event?.data, event?.hid]).to.deep.equal([...told, 'h5']);
        expect(await shown()).to.deep.equal(entered);
        await scripted.patch(row.refusal, sent());
        expect(await shown()).to.deep.equal(row.first);
      });

      it("keeps input that is newer than the server's answer", async () => {
        await open();
        await scripted.page.dispatchEvent('p', 'mousedown');
        const [before] = await scripted.events('MouseDown');
        await user(scripted.page);
        await scripted.patch(row.patches, before?.seq);
        expect(await shown()).to.deep.equal(entered);
        await scripted.events(told[0]);
        await scripted.patch(row.patches, sent() - 1);
        expect(await shown()).to.deep.equal(entered);
        await scripted.patch(row.patches, sent());
        expect(await shown()).to.deep.equal(row.after);
      });

      it('sends autofilled values', async () => {
        await open();
        await scripted.is(
          "c.setAttribute('data-ve', 'change,input,keydown'), c.dispatchEvent(new Event('keydown', { bubbles: true }))",
        );
        await user(scripted.page);
        const [event] = await scripted.events(told[0]);
        expect(event?.data).to.equal(told[1]);
        expect(scripted.server.events.filter(({ type }) => type === 'KeyDown')).to.deep.equal([]);
      });

      if (row.composes === undefined) return;

      it('is not changed while an input method composes in it', async () => {
        await open();
        await scripted.page.fill('#c', '');
        await scripted.page.focus('#c');
        for (const [index, part] of ['k', 'ka', 'か'].entries()) {
          await scripted.compose(part);
          const events = await scripted.events('Input', index + 1);
          const { seq } = events[events.length - 1] as { seq: number };
          await scripted.patch([{ ...row.patches[0], value: part.toUpperCase() } as Patch], seq);
          expect(await shown()).to.equal(part);
        }
        const before = scripted.server.events.length;
        await scripted.compose('か', true);
        const events = await scripted.events('Input', before + 1);
        expect(events[events.length - 1]?.data).to.equal('か');
        await scripted.patch([{ ...row.patches[0], value: 'カ' } as Patch], before + 1);
        expect(await shown()).to.equal('カ');
      });
    });
  }
});
