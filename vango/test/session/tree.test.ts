import { type Signal, signal } from '@preact/signals-core';
import { expect } from 'chai';
import fc from 'fast-check';
import { NOOP_METRICS } from '../../src/metrics';
import { decodePatches, encodePatches } from '../../src/protocol';
import { PageTree } from '../../src/session/tree';
import { type Child, type HostElement, h, toWire } from '../../src/vdom';
import { ClientDom } from '../support/clientDom';
import { silentLogger } from '../support/logger';

const PARTS = 5;
/** A page of components that appear, move, change and fail; each shows who handles its click. */
class Board {
  readonly layout = signal<number[][]>([]);
  readonly counts: Signal<number>[] = Array.from({ length: PARTS }, () => signal(0));
  failing: number | undefined;
  readonly clicks: string[] = [];
  readonly tree = new PageTree(
    { metrics: NOOP_METRICS, logger: silentLogger(), writeViolations: 'warn' },
    undefined,
    () => {},
  );
  readonly dom: ClientDom;

  constructor() {
    this.tree.mount({ title: 'Board', lang: 'en', content: h(this.columns, null) });
    this.dom = new ClientDom(toWire(this.tree.html));
  }

  /** Renders until nothing is left to do; a component that fails is mended for the next time. */
  flush(): void {
    while (this.tree.hasPending) {
      const { change, failures } = this.tree.flush();
      if (change === 'resync') throw new Error('raw HTML changed');
      this.dom.apply(decodePatches(encodePatches(1, change)).patches);
      if (failures.length > 0 && this.failing === undefined) throw failures[0];
      this.failing = undefined;
    }
  }

  /** What the model says is to be seen, by part. */
  get expected(): string[][] {
    return this.layout.value.map(column =>
      column.flatMap(part => {
        const count = this.counts[part]?.value as number;
        return count % 3 === 2 ? [`${part}:${count}`, `${part} again`] : [`${part}:${count}`];
      }),
    );
  }

  /** What the tree holds. */
  get held(): string[][] {
    const [, body] = this.tree.html.children;
    const board = body?.children[0]?.children[0];
    return (board?.children ?? []).map(column =>
      column.children.map(item => item.children[0]?.text ?? ''),
    );
  }

  private readonly columns = (): Child =>
    h(
      'div',
      { id: 'board' },
      this.layout.value.map(column =>
        h(
          'ul',
          null,
          column.map(part => h(this.part, { key: part, part })),
        ),
      ),
    );

  private readonly part = ({ part }: { part: number }): Child => {
    const count = this.counts[part]?.value as number;
    if (this.failing === part) throw new Error(`part ${part} failed`);
    const text = `${part}:${count}`;
    const item = h('li', null, h('button', { onClick: () => void this.clicks.push(text) }, text));
    return count % 3 === 2 ? [item, h('li', null, h('b', null, `${part} again`))] : item;
  };
}

function clickAll({ handlers, children }: HostElement): void {
  (handlers?.click as (() => void) | undefined)?.();
  for (const child of children) clickAll(child);
}

describe('PageTree', () => {
  it('shows the same as a fresh render after any change, move or failure', () => {
    const part = fc.integer({ min: 0, max: PARTS - 1 });
    const layout = fc
      .array(fc.array(part, { maxLength: 4 }), { maxLength: 3 })
      .map(columns =>
        columns.map((column, i) =>
          [...new Set(column)].filter(p => !columns.slice(0, i).some(c => c.includes(p))),
        ),
      );
    const step = fc.oneof(
      layout.map(columns => (board: Board) => {
        board.layout.value = columns;
      }),
      part.map(index => (board: Board) => {
        (board.counts[index] as Signal<number>).value++;
      }),
      part.map(index => (board: Board) => {
        board.failing = index;
        (board.counts[index] as Signal<number>).value++;
      }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { maxLength: 12 }),
        rounds => {
          const board = new Board();
          for (const steps of rounds) {
            for (const change of steps) change(board);
            board.flush();
            expect(board.held).to.deep.equal(board.expected);
            expect(board.dom.serialize()).to.equal(
              new ClientDom(toWire(board.tree.html)).serialize(),
            );
            board.clicks.length = 0;
            clickAll(board.tree.html);
            expect(board.clicks).to.have.members(
              board.expected.flat().filter(text => !text.endsWith('again')),
            );
          }
        },
      ),
      { numRuns: 2000, seed: 45 },
    );
  });
});
