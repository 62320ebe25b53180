import { signal } from '@preact/signals-core';
import { expect } from 'chai';
import fc from 'fast-check';
import { signal as own } from '../../src';
import { NOOP_METRICS } from '../../src/metrics';
import { decodePatches, encodePatches } from '../../src/protocol';
import { PageTree } from '../../src/session/tree';
import { type Child, Fragment, type HostElement, h, renderHtml, toWire } from '../../src/vdom';
import { ClientDom } from '../support/clientDom';
import { silentLogger } from '../support/logger';

/** What a render may write as a child. */
type Written =
  | { kind: 'hole'; value: null | undefined | boolean }
  | { kind: 'text'; text: string }
  | { kind: 'element'; tag: string; key: string | undefined; children: Written[] }
  | { kind: 'field'; name: string; key: string | undefined }
  | { kind: 'list'; children: Written[] }
  | { kind: 'fragment' | 'component'; key: string | undefined; children: Written[] };

const key = fc.option(fc.constantFrom('a', 'b', '/a', '1'), { nil: undefined });
const { child: written } = fc.letrec<{ child: Written; children: Written[] }>(tie => ({
  children: fc.array(tie('child'), { maxLength: 4, size: 'max' }),
  child: fc.oneof(
    { depthSize: 'medium', maxDepth: 4 },
    fc.record({
      kind: fc.constant('hole' as const),
      value: fc.constantFrom(null, undefined, true, false),
    }),
    fc.record({ kind: fc.constant('text' as const), text: fc.constantFrom('x', 'y', '') }),
    fc.record({ kind: fc.constant('field' as const), name: fc.constantFrom('one', 'two'), key }),
    fc.record({
      kind: fc.constant('element' as const),
      tag: fc.constantFrom('div', 'section', 'b'),
      key,
      children: tie('children'),
    }),
    fc.record({ kind: fc.constant('list' as const), children: tie('children') }),
    fc.record({
      kind: fc.constantFrom('fragment' as const, 'component' as const),
      key,
      children: tie('children'),
    }),
  ),
}));
const content = fc.array(written, { minLength: 2, maxLength: 5, size: 'max' });
/** What a page writes from render to render: mostly the same, with other holes. */
const pages = fc
  .tuple(
    content,
    content,
    fc.array(fc.record({ first: fc.boolean(), seed: fc.nat() }), { minLength: 2, maxLength: 6 }),
  )
  .map(([one, other, renders]) =>
    renders.map(({ first, seed }) => withHoles(first ? one : other, seed)),
  );

/** Has about every fourth child render nothing. */
function withHoles(children: readonly Written[], seed: number): Written[] {
  return children.map((child, index) => {
    const own = Math.imul(seed + index + 1, 0x9e3779b1);
    if ((own >>> 7) % 4 === 0) return { kind: 'hole', value: false };
    return 'children' in child
      ? { ...child, children: withHoles(child.children, own >>> 3) }
      : child;
  });
}

/** Says for each child where it stands: no key is there twice. */
function stepsOf(children: readonly Written[]): Array<[child: Written, step: string]> {
  const seen = new Set<string>();
  return children.map((child, index) => {
    const id = 'key' in child ? child.key : undefined;
    if (id === undefined) return [child, String(index)];
    if (seen.has(id)) return [{ kind: 'hole', value: null }, String(index)];
    seen.add(id);
    return [child, `key(${id})`];
  });
}

/** A component with a value of its own, made with its first render. */
let made = 0;
const Part = ({ children, path }: { children: readonly Written[]; path: string }): Child => {
  const number = own(++made);
  return [
    h('i', { 'data-path': `${path}own`, 'data-part': path, 'data-number': number.value }),
    ...childrenOf(children, path, 1),
    null,
  ];
};

/**
 * The children as vnodes, each element with its path: what it is by the rules of places, whatever
 * the implementation.
 */
function childrenOf(children: readonly Written[], path: string, from = 0): Child[] {
  return stepsOf(children).map(([child, step]) => {
    const place = step.startsWith('key') ? step : String(Number(step) + from);
    return vnodeOf(child, path + place);
  });
}

function vnodeOf(child: Written, path: string): Child {
  const props = (more: object): Record<string, unknown> => ({
    ...more,
    ...('key' in child && child.key !== undefined && { key: child.key }),
  });
  switch (child.kind) {
    case 'hole':
      return child.value;
    case 'text':
      return child.text;
    case 'field':
      return h('input', props({ name: child.name, 'data-path': `${path}:input-${child.name}` }));
    case 'element': {
      const own = `${path}:${child.tag}`;
      return h(
        child.tag,
        props({ 'data-path': own }),
        ...childrenOf(child.children, `${own}/`),
        null,
      );
    }
    case 'list':
      return [...childrenOf(child.children, `${path}list.`), null];
    case 'fragment':
      return h(Fragment, props({}), ...childrenOf(child.children, `${path}fragment.`), null);
    case 'component':
      return h(Part, props({ children: child.children, path: `${path}part.` }) as never);
  }
}

/** The elements of a tree that have a path. */
function elementsOf(
  element: HostElement,
  found = new Map<string, HostElement>(),
): Map<string, HostElement> {
  const path = element.attrs['data-path'];
  if (path !== undefined) found.set(path, element);
  for (const child of element.children) elementsOf(child, found);
  return found;
}

/** Groups of several kinds are alike. */
function loose(path: string): string {
  return path.replace(/(list|fragment|part)\./g, '.').replace(/:\w+/g, '');
}

class Shown {
  readonly written;
  readonly tree = new PageTree(
    { metrics: NOOP_METRICS, logger: silentLogger(), writeViolations: 'warn' },
    undefined,
    () => {},
  );
  readonly dom: ClientDom;

  constructor(first: readonly Written[]) {
    this.written = signal(first);
    const Root = (): Child => h('main', null, ...childrenOf(this.written.value, ''), null);
    this.tree.mount({ title: 'Places', lang: 'en', content: h(Root, null) });
    this.dom = new ClientDom(toWire(this.tree.html));
  }

  show(next: readonly Written[]): void {
    this.written.value = next;
    const { change, failures } = this.tree.flush();
    if (failures.length > 0) throw failures[0];
    if (change === 'resync') throw new Error('raw HTML changed');
    this.dom.apply(decodePatches(encodePatches(1, change)).patches);
  }

  get html(): string {
    return renderHtml(this.tree.html).replace(/ data-(hid|number)="[^"]*"/g, '');
  }
}

describe('places', () => {
  it('show the same as a fresh render and keep their elements after any insert or removal', function () {
    this.timeout(120_000);
    let kept = 0;
    fc.assert(
      fc.property(pages, ([first, ...others]) => {
        const shown = new Shown(first as Written[]);
        for (const next of others) {
          const before = new Map(
            [...elementsOf(shown.tree.html)].map(([path, { hid, attrs }]) => [
              path,
              { hid, attrs },
            ]),
          );
          shown.show(next);
          expect(shown.dom.serialize()).to.equal(
            new ClientDom(toWire(shown.tree.html)).serialize(),
          );
          expect(shown.html).to.equal(new Shown(next).html);
          const after = elementsOf(shown.tree.html);
          const byHid = new Map([...before].map(([path, { hid }]) => [hid, path]));
          for (const [path, { hid, attrs }] of after) {
            const was = before.get(path);
            if (was !== undefined) {
              kept++;
              expect(hid, path).to.equal(was.hid);
              expect(attrs['data-number'], path).to.equal(was.attrs['data-number']);
            }
            const from = byHid.get(hid);
            if (from !== undefined && !from.includes('input'))
              expect(loose(from)).to.equal(loose(path));
          }
        }
      }),
      { numRuns: 3000, seed: 46 },
    );
    expect(kept).to.be.above(5000);
  });
});
