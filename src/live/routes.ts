import { Histogram } from './histogram';
import type { RouteRow } from './wire';

/** Slices of the last minute, of 10 s each. */
const SLICES = 6;
/** Seconds of a slice. */
const SLICE = 10;

class RouteSlice {
  events = 0;
  errors = 0;
  frames = 0;
  bytes = 0;
  readonly durations = new Histogram();
}

/** A row without what was counted since the start of the process. */
export type RecentRoute = Omit<RouteRow, 'totalEvents' | 'totalErrors'>;

/** What each route did in the last minute. Routes are bounded, as labels of metrics are. */
export class Routes {
  private slices: Array<Map<string, RouteSlice>> = [new Map()];
  private ticks = 0;

  /** Called each second. */
  tick(): void {
    this.ticks++;
    if (this.ticks % SLICE === 0) this.slices = [new Map(), ...this.slices.slice(0, SLICES - 1)];
  }

  /** How much of the last minute there is. */
  get seconds(): number {
    return (this.slices.length - 1) * SLICE + (this.ticks % SLICE);
  }

  of(route: string): RouteSlice {
    const current = this.slices[0] as Map<string, RouteSlice>;
    let slice = current.get(route);
    if (slice === undefined) {
      slice = new RouteSlice();
      current.set(route, slice);
    }
    return slice;
  }

  /** @param routes - those to tell of, whether something happened there or not */
  rows(routes: Iterable<string>): RecentRoute[] {
    return [...routes].map(route => {
      const found = this.slices.flatMap(slice => slice.get(route) ?? []);
      const sum = (key: 'events' | 'errors' | 'frames' | 'bytes'): number =>
        found.reduce((total, slice) => total + slice[key], 0);
      const durations = new Histogram();
      for (const slice of found) durations.addAll(slice.durations.read());
      return {
        route,
        events: sum('events'),
        errors: sum('errors'),
        frames: sum('frames'),
        bytes: sum('bytes'),
        durations: durations.read(),
      };
    });
  }
}
