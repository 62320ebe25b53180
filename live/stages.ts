import type { Stages } from '../src/live/wire';
import { h } from './dom';
import { milliseconds } from './format';

/** What an event is made of, in order. */
const PARTS = ['queue', 'handler', 'render', 'network', 'browser'] as const;

/** The parts of an event as one bar. */
export function stageBar(stages: Stages, longest: number): HTMLElement {
  const bar = h('span', { class: 'stages', role: 'img', 'aria-label': describe(stages) });
  for (const part of PARTS) {
    const share = Math.max(0, stages[part] ?? 0) / longest;
    if (share === 0) continue;
    const segment = h('span', { class: `part ${part}` });
    segment.style.width = `${Math.min(100, share * 100)}%`;
    bar.append(segment);
  }
  return bar;
}

/** The same in words. */
export function describe(stages: Stages): string {
  return PARTS.filter(part => stages[part] !== undefined)
    .map(part => `${part} ${milliseconds(Math.max(0, stages[part] ?? 0))}`)
    .join(', ');
}

/** The whole of an event, as far as it is known. */
export function lengthOf({ queue, handler, render, perceived }: Stages): number {
  return perceived ?? queue + handler + render;
}

/** What the colours of bars mean. */
export function stageLegend(): HTMLElement {
  const entries = PARTS.map(part => h('li', {}, h('span', { class: `swatch ${part}` }), part));
  return h('ul', { class: 'legend', 'aria-label': 'Parts of an event' }, ...entries);
}
