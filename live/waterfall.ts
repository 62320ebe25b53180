import type { Slow, SpanRow } from '../src/live/wire';
import { h } from './dom';
import { milliseconds } from './format';

/** Pixels by which a span is to the right of its parent, as far as a phone has room. */
const INDENT = 14;
const MAX_DEPTH = 8;
const OWN_SCOPE = '@vango/opentelemetry';
/** The least width of a bar that can be seen, in percent. */
const LEAST = 0.4;

/** The spans of an event over time, each below the one that started it. */
export function waterfall({ at, milliseconds: length, spans }: Slow): HTMLElement {
  const start = Math.min(at, ...spans.map(span => span.at));
  const whole = Math.max(length, ...spans.map(span => span.at + span.milliseconds - start), 1);
  const rows = inTree(spans).map(({ span, depth }) => {
    const bar = h('span', { class: span.isError ? 'bar failed' : 'bar' });
    bar.style.left = `${((span.at - start) / whole) * 100}%`;
    bar.style.width = `${Math.max(LEAST, (span.milliseconds / whole) * 100)}%`;
    const name = h(
      'span',
      {},
      h('span', { class: 'code name' }, span.name),
      h('span', { class: span.isError ? 'more failed' : 'more' }, ` ${originOf(span)}`),
    );
    name.style.paddingLeft = `${Math.min(depth, MAX_DEPTH) * INDENT}px`;
    const took = h('span', { class: 'number' }, milliseconds(span.milliseconds));
    return h('li', { class: 'span' }, name, h('span', { class: 'track' }, bar), took);
  });
  return h(
    'div',
    {},
    h(
      'p',
      { class: 'span more' },
      h('span', {}, 'Span'),
      h('span', { class: 'scale' }, h('span', {}, '0 ms'), h('span', {}, milliseconds(whole))),
      h('span', { class: 'number' }, 'took'),
    ),
    h('ol', { id: 'waterfall', 'aria-label': 'Waterfall' }, ...rows),
  );
}

/** What made a span, where its name does not say so, and whether it failed. */
function originOf({ scope, isError }: SpanRow): string {
  const origin = scope === OWN_SCOPE ? '' : scope.replace(/^@opentelemetry\/instrumentation-/, '');
  return [origin, isError ? 'failed' : ''].filter(part => part !== '').join(', ');
}

interface Placed {
  readonly span: SpanRow;
  readonly depth: number;
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
