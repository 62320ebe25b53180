import type { Overview } from '../../src/live/wire';
import { h, setText } from '../dom';
import { count, milliseconds, NONE, percent, short } from '../format';
import { type MergedSlot, quantile } from '../merge';

type Totals = Pick<Overview, 'totalEvents' | 'totalErrors' | 'active' | 'detached'>;

/** What tiles are made of. */
interface Shown extends Totals {
  readonly slots: readonly MergedSlot[];
}

interface Tile {
  readonly title: string;
  readonly id: string;
  /** The view that has more of it. */
  readonly href?: string;
  /** Its number, and what else there is to say. */
  tell(shown: Shown): readonly [value: string, more: string];
  readonly isBad?: (shown: Shown) => boolean;
}

const TILES: readonly Tile[] = [
  {
    title: 'Events per second',
    id: 'events',
    tell: ({ slots, totalEvents }) => [
      `${short(sum(slots, 'events') / Math.max(1, sum(slots, 'span')))} /s`,
      `${count(totalEvents)} since the start`,
    ],
  },
  {
    title: 'Failed events',
    id: 'errors',
    href: '#failures',
    tell({ slots, totalErrors }) {
      const share = sum(slots, 'errors') / Math.max(1, sum(slots, 'events'));
      return [percent(share), `${count(totalErrors)} since the start`];
    },
    isBad: ({ slots }) => sum(slots, 'errors') > 0,
  },
  {
    title: 'Event duration',
    id: 'duration',
    href: '#slow',
    tell: ({ slots }) => quantiles(slots.flatMap(({ durations }) => durations)),
  },
  {
    title: 'Users waited',
    id: 'perceived',
    tell: ({ slots }) => quantiles(slots.flatMap(({ perceived }) => perceived)),
  },
  {
    title: 'Attached sessions',
    id: 'sessions',
    href: '#sessions/memory',
    tell: ({ active, detached }) => [count(active), `${count(detached)} detached`],
  },
  {
    title: 'Event-loop delay',
    id: 'loop',
    tell({ slots }) {
      if (slots.length === 0) return [NONE, ''];
      const longest = Math.max(...slots.map(({ loopDelay }) => loopDelay));
      return [milliseconds(longest), `longest · last ${milliseconds(slots.at(-1)?.loopDelay)}`];
    },
  },
];

/** The numbers of a period, and of this moment. */
export class Tiles {
  readonly element: HTMLElement;
  private readonly drawn = TILES.map(tile => ({
    tile,
    value: h('dd', { id: `tile-${tile.id}` }, NONE),
    more: h('dd', { class: 'more', id: `tile-${tile.id}-more` }),
  }));

  constructor() {
    const tiles = this.drawn.map(({ tile: { title, href }, value, more }) => {
      const name = href === undefined ? title : h('a', { href }, title);
      return h('div', { class: 'card tile' }, h('dt', {}, name), value, more);
    });
    this.element = h('dl', { class: 'tiles' }, ...tiles);
  }

  show(overviews: readonly Overview[], slots: readonly MergedSlot[]): void {
    const total = (key: keyof Totals): number =>
      overviews.reduce((all, overview) => all + overview[key], 0);
    const shown: Shown = {
      slots,
      totalEvents: total('totalEvents'),
      totalErrors: total('totalErrors'),
      active: total('active'),
      detached: total('detached'),
    };
    for (const { tile, value, more } of this.drawn) {
      const [first, second] = tile.tell(shown);
      setText(value, first);
      setText(more, second);
      value.classList.toggle('failed', tile.isBad?.(shown) ?? false);
    }
  }
}

function sum(slots: readonly MergedSlot[], key: 'events' | 'errors' | 'span'): number {
  return slots.reduce((total, slot) => total + slot[key], 0);
}

function quantiles(counts: MergedSlot['durations']): [string, string] {
  return [
    milliseconds(quantile(counts, 0.5)),
    `median · p95 ${milliseconds(quantile(counts, 0.95))}`,
  ];
}
