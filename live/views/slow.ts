import type { ProcessAnswer, Slow, SlowList, SlowRow, SpanRow } from '../../src/live/wire';
import { h, KeyedChildren, setAttribute } from '../dom';
import { clock, milliseconds } from '../format';
import { describe, lengthOf, stageBar, stageLegend } from '../stages';
import { dataOf, type View } from '../view';

/** The last slow events, and one of them as a waterfall. */
export class SlowView implements View {
  readonly element: HTMLElement;
  private readonly list = h('ol', { class: 'list' });
  private readonly detail = h('section', { class: 'card detail', 'aria-label': 'Slow event' });
  private readonly empty = h('p', { class: 'empty' }, 'No event took 100 ms or more.');
  private readonly rows: KeyedChildren<SlowRow>;
  private chosen = '';
  private shown = '';

  constructor() {
    this.rows = new KeyedChildren(
      this.list,
      ({ id }) => id,
      (event, before) => this.row(event, before),
    );
    this.element = h(
      'div',
      {},
      h(
        'div',
        { class: 'head' },
        h('h1', {}, 'Slow events'),
        h('p', { class: 'note' }, 'the last 100 that took 100 ms or more, with all they started'),
      ),
      h(
        'div',
        { class: 'panes' },
        h('section', { class: 'card' }, this.empty, this.list),
        this.detail,
      ),
    );
  }

  open([id = '']: readonly string[]): void {
    this.chosen = id;
  }

  show(answers: ReadonlyArray<ProcessAnswer<unknown>>): void {
    const lists = dataOf<SlowList>(answers);
    const rows = lists.flatMap(list => list.rows).sort((a, b) => b.at - a.at);
    this.empty.hidden = rows.length > 0;
    this.rows.show(rows);
    const chosen = lists.find(list => list.chosen !== undefined)?.chosen;
    const version = chosen === undefined ? '' : `${chosen.id} ${chosen.spans.length}`;
    if (version === this.shown && this.detail.hasChildNodes()) return;
    this.shown = version;
    if (chosen !== undefined) this.detail.replaceChildren(...detailOf(chosen));
    else {
      const hint = rows.length === 0 ? '' : 'Choose an event to see where its time went.';
      this.detail.replaceChildren(h('p', { class: 'empty' }, hint));
    }
  }

  private row(event: SlowRow, before: HTMLElement | undefined): HTMLElement {
    const { id, at, name, handler, route, milliseconds: length } = event;
    const row = before ?? h('li', {}, h('a', { href: `#slow/${id}` }));
    const link = row.firstElementChild as HTMLElement;
    setAttribute(link, 'aria-current', id === this.chosen ? 'true' : undefined);
    const version = `${length}`;
    if (row.dataset.version === version) return row;
    row.dataset.version = version;
    link.replaceChildren(
      h(
        'span',
        { class: 'title' },
        h('b', {}, name),
        ' ',
        h('span', { class: 'code' }, handler ?? ''),
        h('span', { class: 'number' }, milliseconds(length)),
      ),
      h('span', { class: 'more' }, `${clock(at)} on `, h('span', { class: 'code' }, route)),
    );
    return row;
  }
}

function detailOf(event: Slow): HTMLElement[] {
  const { name, handler, stages, spans, trace, session, milliseconds: length } = event;
  const code = handler === undefined ? '' : h('span', { class: 'code' }, `${handler} `);
  const title = h('h2', {}, `${name} `, code, `took ${milliseconds(length)}`);
  const facts = h('p', { class: 'more' });
  if (session !== undefined)
    facts.append('Session ', h('a', { class: 'code', href: `#session/${session}` }, session), ' ');
  if (trace !== undefined) facts.append('Trace ', h('span', { class: 'code' }, trace));
  const parts = h(
    'div',
    { class: 'parts' },
    stageLegend(),
    stageBar(stages, Math.max(1, lengthOf(stages))),
    h('p', { class: 'more' }, describe(stages)),
  );
  if (spans.length > 0) return [title, facts, parts, waterfall(event)];
  const hint =
    'There are no spans of this event: set OTEL_TRACES_EXPORTER, or look at whether it was sampled.';
  return [title, facts, parts, h('p', { class: 'note' }, hint)];
}

interface Placed {
  readonly span: SpanRow;
  readonly depth: number;
}

function waterfall({ at, milliseconds: length, spans }: Slow): HTMLElement {
  const start = Math.min(at, ...spans.map(span => span.at));
  const whole = Math.max(length, ...spans.map(span => span.at + span.milliseconds - start), 1);
  const rows = inTree(spans).map(({ span, depth }) => {
    const bar = h('span', { class: span.isError ? 'bar failed' : 'bar' });
    bar.style.left = `${((span.at - start) / whole) * 100}%`;
    bar.style.width = `${Math.max(0.4, (span.milliseconds / whole) * 100)}%`;
    const name = h('span', { class: 'code name', title: span.scope }, span.name);
    name.style.paddingLeft = `${depth * 14}px`;
    return h(
      'li',
      {},
      name,
      h('span', { class: 'track' }, bar),
      h('span', { class: 'number' }, milliseconds(span.milliseconds)),
    );
  });
  return h('ol', { class: 'waterfall', id: 'waterfall', 'aria-label': 'Waterfall' }, ...rows);
}

/** Each span after its parent, in the order of their starts. */
function inTree(spans: readonly SpanRow[]): Placed[] {
  const ids = new Set(spans.map(({ id }) => id));
  const placed: Placed[] = [];
  const place = (parent: string | undefined, depth: number): void => {
    for (const span of spans) {
      const above = span.parent !== undefined && ids.has(span.parent) ? span.parent : undefined;
      if (above !== parent) continue;
      placed.push({ span, depth });
      place(span.id, depth + 1);
    }
  };
  place(undefined, 0);
  return placed;
}
