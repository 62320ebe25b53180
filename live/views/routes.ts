import type { Overview } from '../../src/live/wire';
import { bytes, count, milliseconds, NONE, percent, short } from '../format';
import { type MergedRoute, mergeRoutes, quantile } from '../merge';
import { Table } from '../table';

/** What each route did in the last minute. */
export class RoutesTable {
  private seconds = 1;
  private readonly table = new Table<MergedRoute>(
    'Routes in the last minute',
    'No route has been used. Open a page of your application: its route appears here.',
    [
      { title: 'Route', text: ({ route }) => route, isCode: true },
      {
        title: 'Events/s',
        text: ({ events }) => short(events / this.seconds),
        isNumeric: true,
      },
      {
        title: 'Failed',
        text: ({ events, errors }) => (events === 0 ? NONE : percent(errors / events)),
        isNumeric: true,
        isBad: ({ errors }) => errors > 0,
      },
      {
        title: 'p95 duration',
        text: ({ durations }) => milliseconds(quantile(durations, 0.95)),
        isNumeric: true,
      },
      {
        title: 'Size of a frame',
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
        title: 'Failed since the start',
        text: ({ totalErrors }) => count(totalErrors),
        isNumeric: true,
        isWide: true,
        isBad: ({ totalErrors }) => totalErrors > 0,
      },
    ],
    ({ route }) => route,
  );

  get element(): HTMLElement {
    return this.table.element;
  }

  show(overviews: readonly Overview[]): void {
    this.seconds = Math.max(1, ...overviews.map(({ routeSeconds }) => routeSeconds));
    this.table.show(mergeRoutes(overviews));
  }
}
