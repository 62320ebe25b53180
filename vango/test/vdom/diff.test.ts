import { expect } from 'chai';
import fc from 'fast-check';
import { PatchOp } from '../../src/protocol';
import {
  assignHids,
  type Child,
  diff,
  HidAllocator,
  type HostElement,
  h,
  renderHtml,
} from '../../src/vdom';
import { build, Page } from '../support/shownPage';

const tag = fc.constantFrom('div', 'p', 'ul', 'li', 'input', 'textarea', 'table', 'span');
const key = fc.option(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { nil: undefined });
const attributes = fc
  .record({
    texts: fc.dictionary(
      fc.constantFrom('class', 'id', 'title', 'value', 'data-x', 'aria-label'),
      fc.constantFrom<string | boolean>('', 'x', 'a"b<c>&\'', 'ü€😀', true, false),
      { maxKeys: 3 },
    ),
    checked: fc.boolean(),
  })
  .map(({ texts, checked }) => ({ ...texts, checked }));
const content = fc.letrec<{ child: Child; element: Child }>(tie => ({
  element: fc
    .record({ tag, key, attributes, children: fc.array(tie('child'), { maxLength: 5 }) })
    .map(({ tag: name, key: id, attributes: props, children }) =>
      h(
        name,
        { ...props, ...(id !== undefined && { key: id }) },
        ...(name === 'table' ? children.filter(isElementOrSpace) : children),
      ),
    ),
  child: fc.oneof(
    { depthSize: 'medium', maxDepth: 4 },
    fc.constantFrom<Child>(null, false, '', ' ', 'text', 'more <text>', 42),
    tie('element'),
    fc.array(tie('child'), { maxLength: 3 }),
  ),
}));
/** The HTML parser lets no text stand in a table. */
function isElementOrSpace(child: Child): boolean {
  return child === ' ' || (typeof child === 'object' && child !== null && !Array.isArray(child));
}

const page = fc
  .array(content.child, { maxLength: 6 })
  .map(children => h('main', null, ...children));

describe('diff', () => {
  it('changes any tree into any other, 10,000 times', function () {
    this.timeout(120_000);
    fc.assert(
      fc.property(page, page, (before, after) => {
        new Page(before).show(after);
      }),
      { numRuns: 10_000, seed: 42 },
    );
  });

  it('is correct over many changes of one page', () => {
    fc.assert(
      fc.property(fc.array(page, { minLength: 2, maxLength: 8 }), pages => {
        const shown = new Page(pages[0] as Child);
        for (const next of pages) shown.show(next);
      }),
      { numRuns: 500, seed: 43 },
    );
  });

  it('is correct when parts are reused, also at other places', () => {
    // Components that do not render again return the same elements; removed ones are created again.
    const part = fc.integer({ min: 0, max: 5 });
    const layout = fc.array(fc.array(part, { maxLength: 4 }), { maxLength: 4 });
    fc.assert(
      fc.property(fc.array(layout, { minLength: 2, maxLength: 6 }), layouts => {
        const parts = new Map<number, HostElement>();
        const partOf = (index: number): HostElement => {
          const kept =
            parts.get(index) ?? build(h('li', { id: `part${index}` }, h('b', null, `${index}`)));
          parts.set(index, kept);
          return kept;
        };
        const treeOf = (columns: number[][]): HostElement => {
          const used = new Set<number>();
          const lists = columns.map(column => {
            const list = build(h('ul', null, h('i', null, 'head')));
            const own = column.filter(index => !used.has(index) && used.add(index));
            list.children = [...list.children, ...own.map(partOf)];
            return list;
          });
          for (const index of parts.keys()) if (!used.has(index)) parts.delete(index);
          const root = build(h('main', null));
          root.children = lists;
          return root;
        };
        const shown = new Page(h('main', null));
        for (const columns of layouts) {
          const { reused } = shown.showTree(treeOf(columns));
          for (const [index, element] of parts) parts.set(index, reused.get(element) ?? element);
        }
      }),
      { numRuns: 2000, seed: 44 },
    );
  });

  it('keeps the objects of reused elements, with the new handlers', () => {
    const pageOf = (text: string, onClick: () => void): Child =>
      h(
        'main',
        { id: text },
        h('p', null, h('button', { onClick }, text)),
        text === 'two' && h('hr', null),
      );
    const shown = new Page(pageOf('one', () => {}));
    const { tree } = shown;
    const [paragraph] = tree.children;
    const { attrs, children } = paragraph as HostElement;
    const onClick = (): void => {};
    shown.show(pageOf('two', onClick));
    expect(shown.tree).to.equal(tree);
    expect(tree.attrs).to.deep.equal({ id: 'two' });
    expect(tree.children.map(child => child.hid)).to.deep.equal(['h2', 'h4']);
    expect(tree.children[0]).to.equal(paragraph);
    expect(paragraph?.attrs).to.equal(attrs);
    expect(paragraph?.children).to.equal(children);
    expect(children[0]?.handlers?.click).to.equal(onClick);
    expect(children[0]?.text).to.equal('two');
  });

  const list = (keys: string): Child =>
    h(
      'ul',
      null,
      [...keys].map(k => h('li', { key: k }, k)),
    );
  for (const [before, after, moves] of [
    ['ABCD', 'CBAD', 2],
    ['ABC', 'XBC', 0],
    ['ABCDE', 'EABCD', 1],
    ['ABCDE', 'BCDEA', 1],
    ['ABC', 'CBA', 2],
    ['ABCD', '', 0],
    ['', 'ABC', 0],
  ] as const) {
    it(`reorders ${before || 'nothing'} to ${after || 'nothing'} with ${moves} moves`, () => {
      const patches = new Page(list(before)).show(list(after));
      expect(patches.filter(({ op }) => op === PatchOp.MoveNode).length).to.equal(moves);
    });
  }

  it('changes text beside elements without touching them', () => {
    const shown = new Page(h('p', null, 'one ', h('input', { id: 'x' }), ' two'));
    expect(shown.show(h('p', null, 'one ', h('input', { id: 'x' }), ' three'))).to.deep.equal([
      { op: PatchOp.SetText, hid: 'h4', value: ' three' },
    ]);
  });

  it('sets the values of controls so that the caret stays, and removes checks', () => {
    const shown = new Page(
      h(
        'p',
        null,
        h('input', { value: 'a', checked: true }),
        h('option', { value: 'a', selected: true }),
      ),
    );
    const patches = shown.show(
      h('p', null, h('input', { value: 'b' }), h('option', { value: 'a' })),
    );
    expect(patches).to.deep.equal([
      { op: PatchOp.SetValue, hid: 'h2', value: 'b' },
      { op: PatchOp.SetChecked, hid: 'h2', value: false },
      { op: PatchOp.SetSelected, hid: 'h3', value: false },
    ]);
  });

  it('writes the value of a select as its selected option', () => {
    const select = h('select', { value: 'b' }, [
      h('option', { value: 'a' }, 'A'),
      h('optgroup', null, h('option', null, ' b ')),
    ]);
    expect(renderHtml(build(h('p', null, select)))).to.equal(
      '<p><select><option value="a">A</option><optgroup><option selected=""> b </option></optgroup></select></p>',
    );
  });

  it('reports changed raw HTML, and still assigns HIDs', () => {
    const before = build(
      h('div', null, h('p', { dangerouslySetInnerHTML: { __html: '<b>1</b>' } })),
    );
    const after = build(
      h('div', null, h('p', { dangerouslySetInnerHTML: { __html: '<b>2</b>' } })),
    );
    const allocator = new HidAllocator();
    assignHids(before, allocator);
    expect(diff(before, after, allocator).patches).to.equal(undefined);
    expect([after.hid, (after.children[0] as HostElement).hid]).to.deep.equal(['h3', 'h4']);
  });
});
