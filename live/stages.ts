import { PARTS, type Stages } from '../src/live/wire';
import { h } from './dom';
import { milliseconds } from './format';

/** The parts of an event as one bar. */
export function stageBar(stages: Stages, longest: number): HTMLElement {
  const bar = h('span', { class: 'stages', role: 'img', 'aria-label': describe(stages) });
  for (const [part, length] of partsOf(stages))
    if (length > 0) bar.append(segment(part, length / longest));
  return bar;
}

/** Something that has no parts, as a bar. */
export function plainBar(length: number, longest: number): HTMLElement {
  return length === 0
    ? h('span')
    : h('span', { class: 'stages' }, segment('other', length / longest));
}

function segment(name: string, share: number): HTMLElement {
  const element = h('span', { class: `part ${name}` });
  element.style.width = `${Math.min(100, share * 100)}%`;
  return element;
}

/** The same in words. */
export function describe(stages: Stages): string {
  return partsOf(stages)
    .map(([part, length]) => `${part} ${milliseconds(length)}`)
    .join(', ');
}

/** The whole of an event, as far as it is known. */
export function lengthOf({ queue, handler, render, perceived }: Stages): number {
  return perceived ?? queue + handler + render;
}

/** What the colours of bars mean, and how long the parts of an event were. */
export function stageLegend(stages?: Stages): HTMLElement {
  const parts = stages === undefined ? PARTS.map(part => [part] as const) : partsOf(stages);
  const entries = parts.map(([part, length]) => {
    const told = length === undefined ? [] : [' ', h('b', {}, milliseconds(length))];
    return h('li', {}, h('span', { class: `swatch ${part}` }), part, ...told);
  });
  return h('ul', { class: 'legend', 'aria-label': 'Parts of an event' }, ...entries);
}

function partsOf(stages: Stages): Array<readonly [(typeof PARTS)[number], number]> {
  return PARTS.flatMap(part => {
    const length = stages[part];
    // Clocks of two machines can make a part shorter than nothing.
    return length === undefined ? [] : [[part, Math.max(0, length)] as const];
  });
}
