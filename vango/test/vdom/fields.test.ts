import { expect } from 'chai';
import { type Patch, PatchOp } from '../../src/protocol';
import { type Child, h } from '../../src/vdom';
import { Page } from '../support/shownPage';

const names = (patches: readonly Patch[]): string[] =>
  patches.map(({ op }) => Object.entries(PatchOp).find(([, code]) => code === op)?.[0] as string);

/** HIDs of the children of the root, by name, value or tag. */
function fieldsOf({ tree }: Page): Record<string, string> {
  return Object.fromEntries(
    tree.children.map(({ hid, tag, attrs }) => [attrs.name ?? attrs.value ?? tag, hid]),
  );
}

describe('fields', () => {
  const login = (error: string): Child =>
    h(
      'form',
      null,
      error && h('p', null, error),
      h('input', { name: 'user' }),
      h('input', { name: 'password', type: 'password' }),
      h('input', { name: 'city' }),
    );

  it('keep their identity when a notice above them appears and disappears', () => {
    const shown = new Page(login(''));
    const before = fieldsOf(shown);
    expect(names(shown.show(login('wrong')))).to.deep.equal(['InsertNode']);
    expect(fieldsOf(shown)).to.deep.include(before);
    expect(names(shown.show(login('')))).to.deep.equal(['RemoveNode']);
    expect(fieldsOf(shown)).to.deep.equal(before);
  });

  it('keep their identity in a list without keys that grows at the front', () => {
    const list = (...before: string[]): Child =>
      h('form', null, [
        ...before.map(text => h('p', null, text)),
        h('input', { name: 'user' }),
        h('textarea', { name: 'note' }),
        h('select', { id: 'unit' }),
      ]);
    const shown = new Page(list());
    const before = fieldsOf(shown);
    expect(names(shown.show(list('one', 'two')))).to.deep.equal(['InsertNode', 'InsertNode']);
    expect(fieldsOf(shown)).to.deep.include(before);
  });

  const REPLACED: Array<[what: string, before: Child, after: Child]> = [
    ['name', h('input', { name: 'a' }), h('input', { name: 'b' })],
    ['id', h('textarea', { id: 'a' }), h('textarea', { id: 'b' })],
    ['a name it had not', h('select', null), h('select', { name: 'b' })],
    ['type, without a name', h('input', { type: 'password' }), h('input', { type: 'text' })],
    ['kind', h('input', { name: 'a', type: 'checkbox' }), h('input', { name: 'a' })],
    [
      'value, of a radio',
      h('input', { name: 'a', type: 'radio', value: '1' }),
      h('input', { name: 'a', type: 'radio', value: '2' }),
    ],
    [
      'value, of one checkbox of several',
      h('input', { name: 'a', type: 'checkbox', value: '1' }),
      h('input', { name: 'a', type: 'checkbox', value: '2' }),
    ],
    ['value, of an option', h('option', { value: '1' }), h('option', { value: '2' })],
    ['text, of an option without value', h('option', null, '1'), h('option', null, '2')],
    ['tag', h('p', null), h('input', null)],
  ];
  for (const [what, before, after] of REPLACED) {
    it(`are not confused with others: ${what}`, () => {
      const shown = new Page(h('form', null, before));
      expect(names(shown.show(h('form', null, after)))).to.deep.equal(['RemoveNode', 'InsertNode']);
    });
  }

  it('keep their identity when their type or value changes', () => {
    const field = (props: object): Child =>
      h('form', null, h('input', { name: 'secret', ...props }));
    const shown = new Page(field({ type: 'password' }));
    expect(names(shown.show(field({ type: 'text' })))).to.deep.equal(['SetAttr']);
    expect(names(shown.show(field({})))).to.deep.equal(['RemoveAttr']);
    expect(names(shown.show(field({ value: 'x' })))).to.deep.equal(['SetValue']);
  });

  const select = (value: string, ...options: string[]): Child =>
    h(
      'select',
      { value },
      options.map(option => h('option', { value: option }, option)),
    );

  it('set the value of a select after its options', () => {
    const shown = new Page(h('p', null, select('a', 'a')));
    const patches = shown.show(h('p', null, select('b', 'a', 'b', 'c')));
    expect(names(patches)).to.deep.equal(['InsertNode', 'InsertNode', 'SetValue']);
    expect(patches.at(-1)).to.deep.equal({ op: PatchOp.SetValue, hid: 'h2', value: 'b' });
  });

  it('set the value of a select again when its options change at any depth', () => {
    const grouped = (label: string, text: string): Child =>
      h(
        'p',
        null,
        h('select', { value: 'a' }, h('optgroup', { label }, h('option', { value: 'a' }, text))),
      );
    const shown = new Page(h('p', null, select('a', 'a', 'b')));
    expect(names(shown.show(h('p', null, select('a', 'new', 'a', 'b'))))).to.deep.equal([
      'InsertNode',
      'SetValue',
    ]);
    const groups = new Page(grouped('x', 'one'));
    expect(names(groups.show(grouped('x', 'two')))).to.deep.equal(['SetText', 'SetValue']);
    expect(names(groups.show(grouped('x', 'two')))).to.deep.equal([]);
  });

  it("keep the user's option of a select when options without keys are inserted before it", () => {
    const options = (...values: string[]): Child =>
      h(
        'select',
        null,
        values.map(value => h('option', null, value)),
      );
    const shown = new Page(options('a', 'b'));
    const [a, b] = shown.tree.children.map(({ hid }) => hid);
    expect(names(shown.show(options('new', 'a', 'b')))).to.deep.equal(['InsertNode']);
    expect(shown.tree.children.slice(1).map(({ hid }) => hid)).to.deep.equal([a, b]);
  });

  it('carry the selected option when a select is inserted', () => {
    const shown = new Page(h('p', null));
    const [patch] = shown.show(h('p', null, select('b', 'a', 'b')));
    expect(patch)
      .to.have.nested.property('node.children[0].attrs')
      .that.deep.equals([['value', 'a']]);
    expect(patch)
      .to.have.nested.property('node.children[1].attrs')
      .that.deep.equals([
        ['value', 'b'],
        ['selected', ''],
      ]);
  });

  it('are not overwritten by the same number in another form', () => {
    const number = (value: string | number): Child =>
      h('p', null, h('input', { type: 'number', value }));
    const shown = new Page(number('1.0'));
    expect(shown.show(number(1))).to.deep.equal([]);
    expect(names(shown.show(number(1.5)))).to.deep.equal(['SetValue']);
    expect(names(shown.show(number('')))).to.deep.equal(['SetValue']);
    expect(names(shown.show(number(0)))).to.deep.equal(['SetValue']);
  });

  it('are unchecked only if the render sets the checked state', () => {
    const box = (checked?: boolean): Child =>
      h('p', null, h('input', { type: 'checkbox', checked }));
    const shown = new Page(box());
    expect(shown.show(box(false))).to.deep.equal([
      { op: PatchOp.SetChecked, hid: 'h2', value: false },
    ]);
    expect(shown.show(box(true))).to.deep.equal([
      { op: PatchOp.SetChecked, hid: 'h2', value: true },
    ]);
    expect(shown.show(box(false))).to.deep.equal([
      { op: PatchOp.SetChecked, hid: 'h2', value: false },
    ]);
    expect(shown.show(box())).to.deep.equal([]);
  });
});
