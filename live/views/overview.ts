import { type Overview, SLOTS, WINDOWS, type WindowName } from '../../src/live/wire';
import { h, setText } from '../dom';
import { Choices, card, note, page } from '../layout';
import { mergeSlots } from '../merge';
import type { View } from '../view';
import { overviewCharts } from './charts';
import { RoutesTable } from './routes';
import { Tiles } from './tiles';

const PERIODS: Readonly<Record<WindowName, { title: string; told: string }>> = {
  minute: { title: '1 minute', told: 'the last minute, second by second' },
  quarter: { title: '15 minutes', told: 'the last 15 minutes, in steps of 15 seconds' },
  hour: { title: '1 hour', told: 'the last hour, minute by minute' },
};
const NAMES = ['minute', 'quarter', 'hour'] as const satisfies readonly WindowName[];

/** What all sessions did in the last minute, 15 minutes or hour. */
export class OverviewView implements View<Overview> {
  readonly element: HTMLElement;
  private readonly tiles = new Tiles();
  private readonly charts = overviewCharts();
  private readonly routes = new RoutesTable();
  private readonly note = note();
  private readonly windows = new Choices(
    'Period',
    NAMES.map(name => [name, PERIODS[name].title]),
  );
  private window: WindowName = 'minute';

  constructor() {
    this.element = page(
      'Overview',
      [this.note, this.windows.element],
      this.tiles.element,
      h('div', { class: 'charts' }, ...this.charts.map(({ chart }) => chart.element)),
      card('Routes in the last minute', this.routes.element),
    );
  }

  open([window]: readonly string[]): void {
    this.window = NAMES.find(name => name === window) ?? 'minute';
    this.windows.show(this.window, name => `#overview/${name}`);
    setText(this.note, `${PERIODS[this.window].told}, while this page is open`);
  }

  show(overviews: readonly Overview[]): void {
    const span = WINDOWS[this.window];
    const slots = mergeSlots(overviews, span);
    this.tiles.show(overviews, slots);
    const to = Math.max(0, ...overviews.map(({ now }) => now)) / 1000;
    const times = slots.map(({ at }) => at);
    for (const { chart, reads } of this.charts) {
      const series = reads.map(read => slots.map(slot => read(slot) ?? null));
      chart.show(times, series, to - SLOTS * span, to);
    }
    this.routes.show(overviews);
  }

  close(): void {
    for (const { chart } of this.charts) chart.close();
  }
}
