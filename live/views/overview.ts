import {
  type Overview,
  type ProcessAnswer,
  SLOTS,
  WINDOWS,
  type WindowName,
} from '../../src/live/wire';
import { Chart } from '../chart';
import { h, setAttribute, setText } from '../dom';
import { bytes, count, milliseconds, NONE, percent, short } from '../format';
import { type MergedRoute, type MergedSlot, mergeRoutes, mergeSlots, quantile } from '../merge';
import { Table } from '../table';
import { dataOf, type View } from '../view';

const NAMES: Readonly<Record<WindowName, string>> = {
  minute: '1 minute',
  quarter: '15 minutes',
  hour: '1 hour',
};

interface Tile {
  readonly title: string;
  readonly id: string;
  /** Its number, and what else there is to say. */
  tell(shown: Shown): readonly [value: string, more: string];
}

/** What tiles are made of. */
interface Shown {
  readonly slots: readonly MergedSlot[];
  readonly totalEvents: number;
  readonly totalErrors: number;
  readonly active: number;
  readonly detached: number;
}

const sum = (slots: readonly MergedSlot[], key: 'events' | 'errors' | 'span'): number =>
  slots.reduce((total, slot) => total + slot[key], 0);

const TILES: readonly Tile[] = [
  {
    title: 'Events',
    id: 'events',
    tell: ({ slots, totalEvents }) => [
      `${short(sum(slots, 'events') / Math.max(1, sum(slots, 'span')))} /s`,
      `${count(totalEvents)} since the start`,
    ],
  },
  {
    title: 'Errors',
    id: 'errors',
    tell({ slots, totalErrors }) {
      const events = sum(slots, 'events');
      const share = events === 0 ? 0 : sum(slots, 'errors') / events;
      return [percent(share), `${count(totalErrors)} since the start`];
    },
  },
  {
    title: 'Duration',
    id: 'duration',
    tell: ({ slots }) => quantiles(slots.flatMap(({ durations }) => durations)),
  },
  {
    title: 'As users felt it',
    id: 'perceived',
    tell: ({ slots }) => quantiles(slots.flatMap(({ perceived }) => perceived)),
  },
  {
    title: 'Sessions',
    id: 'sessions',
    tell: ({ active, detached }) => [count(active), `${count(detached)} detached`],
  },
  {
    title: 'Event-loop delay',
    id: 'loop',
    tell({ slots }) {
      const last = slots.at(-1);
      const most = Math.max(0, ...slots.map(({ loopDelay }) => loopDelay));
      return [milliseconds(last?.loopDelay), `at most ${milliseconds(most)}`];
    },
  },
];

type Read = (slot: MergedSlot) => number | undefined;

/** The charts, and how the values of their lines are read. */
const CHARTS = (): ReadonlyArray<{ chart: Chart; reads: readonly Read[] }> => [
  {
    chart: new Chart(
      'Events per second',
      [
        { label: 'events', color: '--blue', isFilled: true },
        { label: 'errors', color: '--red' },
      ],
      short,
    ),
    reads: [slot => slot.events / slot.span, slot => slot.errors / slot.span],
  },
  {
    chart: new Chart('Duration of events', QUANTILES, milliseconds),
    reads: [slot => quantile(slot.durations, 0.5), slot => quantile(slot.durations, 0.95)],
  },
  {
    chart: new Chart('What users felt', QUANTILES, milliseconds),
    reads: [slot => quantile(slot.perceived, 0.5), slot => quantile(slot.perceived, 0.95)],
  },
  {
    chart: new Chart(
      'Sessions',
      [
        { label: 'attached', color: '--teal', isFilled: true },
        { label: 'detached', color: '--amber' },
      ],
      short,
    ),
    reads: [slot => slot.active, slot => slot.detached],
  },
  {
    chart: new Chart('Event-loop delay', [{ label: 'longest', color: '--violet' }], milliseconds),
    reads: [slot => slot.loopDelay],
  },
];

const QUANTILES = [
  { label: 'p50', color: '--blue', isFilled: true },
  { label: 'p95', color: '--amber' },
];

/** What all sessions did in the last minute, 15 minutes or hour. */
export class OverviewView implements View {
  readonly element: HTMLElement;
  private readonly tiles = new Map<string, readonly [HTMLElement, HTMLElement]>();
  private readonly charts = CHARTS();
  private readonly windows = h('p', { class: 'choices', role: 'group', 'aria-label': 'Period' });
  private readonly routes: Table<MergedRoute>;
  private window: WindowName = 'minute';
  private seconds = 1;

  constructor() {
    this.routes = new Table(
      'Routes in the last minute',
      'No route was used yet.',
      [
        { title: 'Route', text: ({ route }) => route, isCode: true },
        {
          title: 'Events/s',
          text: ({ events }) => short(events / this.seconds),
          isNumeric: true,
        },
        {
          title: 'Errors',
          text: ({ events, errors }) => (events === 0 ? NONE : percent(errors / events)),
          isNumeric: true,
        },
        {
          title: 'p95',
          text: ({ durations }) => milliseconds(quantile(durations, 0.95)),
          isNumeric: true,
        },
        {
          title: 'Bytes/frame',
          text: ({ frames, bytes: all }) => (frames === 0 ? NONE : bytes(all / frames)),
          isNumeric: true,
          isWide: true,
        },
        {
          title: 'Events since the start',
          text: ({ totalEvents }) => count(totalEvents),
          isNumeric: true,
          isWide: true,
        },
        {
          title: 'Failed',
          text: ({ totalErrors }) => count(totalErrors),
          isNumeric: true,
          isWide: true,
        },
      ],
      ({ route }) => route,
    );
    this.element = h(
      'div',
      {},
      h('div', { class: 'head' }, h('h1', {}, 'Overview'), this.windows),
      h('dl', { class: 'tiles' }, ...TILES.map(tile => this.tile(tile))),
      h('div', { class: 'charts' }, ...this.charts.map(({ chart }) => chart.element)),
      h(
        'section',
        { class: 'card' },
        h('h2', {}, 'Routes in the last minute'),
        this.routes.element,
      ),
    );
    for (const [name, label] of Object.entries(NAMES))
      this.windows.append(h('a', { href: `#overview/${name}` }, label));
  }

  open([window]: readonly string[]): void {
    this.window = window !== undefined && window in WINDOWS ? (window as WindowName) : 'minute';
    for (const link of this.windows.children) {
      const isChosen = link.getAttribute('href') === `#overview/${this.window}`;
      setAttribute(link as HTMLElement, 'aria-current', isChosen ? 'true' : undefined);
    }
  }

  show(answers: ReadonlyArray<ProcessAnswer<unknown>>): void {
    const overviews = dataOf<Overview>(answers);
    const span = WINDOWS[this.window];
    const slots = mergeSlots(overviews, span);
    const total = (key: 'totalEvents' | 'totalErrors' | 'active' | 'detached'): number =>
      overviews.reduce((all, overview) => all + overview[key], 0);
    const shown: Shown = {
      slots,
      totalEvents: total('totalEvents'),
      totalErrors: total('totalErrors'),
      active: total('active'),
      detached: total('detached'),
    };
    for (const { id, tell } of TILES) {
      const [value, more] = tell(shown);
      const [first, second] = this.tiles.get(id) ?? [];
      if (first !== undefined) setText(first, value);
      if (second !== undefined) setText(second, more);
    }
    const to = Math.max(0, ...overviews.map(({ now }) => now)) / 1000;
    const times = slots.map(({ at }) => at);
    for (const { chart, reads } of this.charts) {
      const series = reads.map(read => slots.map(slot => read(slot) ?? null));
      chart.show(times, series, to - SLOTS * span, to);
    }
    this.seconds = Math.max(1, ...overviews.map(({ routeSeconds }) => routeSeconds));
    this.routes.show(mergeRoutes(overviews));
  }

  close(): void {
    for (const { chart } of this.charts) chart.close();
  }

  private tile({ title, id }: Tile): HTMLElement {
    const value = h('dd', { id: `tile-${id}` }, NONE);
    const more = h('dd', { class: 'more', id: `tile-${id}-more` });
    this.tiles.set(id, [value, more]);
    return h('div', { class: 'tile' }, h('dt', {}, title), value, more);
  }
}

function quantiles(counts: ReadonlyArray<MergedSlot['durations'][number]>): [string, string] {
  return [
    milliseconds(quantile(counts, 0.5)),
    `median · p95 ${milliseconds(quantile(counts, 0.95))}`,
  ];
}
