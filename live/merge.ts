import { quantileOf, type SparseCounts } from '../src/live/histogram';
import type { Overview, RouteRow, Slot } from '../src/live/wire';

/** The same of all processes together: sums, and the counts of each. */
type Merged<T> = {
  readonly [K in keyof T]: T[K] extends SparseCounts ? readonly SparseCounts[] : T[K];
};

/** A slot of time as it is drawn; begins at seconds since the epoch. */
export type MergedSlot = Merged<Slot>;

/** The slots of all processes: those that begin in the same stretch of time are one. */
export function mergeSlots(overviews: readonly Overview[], span: number): MergedSlot[] {
  const merged = new Map<number, MergedSlot>();
  for (const { slots } of overviews) {
    for (const slot of slots) {
      const at = Math.round(slot.at / 1000 / span) * span;
      const before = merged.get(at);
      merged.set(at, {
        ...{ at, span },
        events: (before?.events ?? 0) + slot.events,
        errors: (before?.errors ?? 0) + slot.errors,
        durations: [...(before?.durations ?? []), slot.durations],
        perceived: [...(before?.perceived ?? []), slot.perceived],
        active: (before?.active ?? 0) + slot.active,
        detached: (before?.detached ?? 0) + slot.detached,
        loopDelay: Math.max(before?.loopDelay ?? 0, slot.loopDelay),
      });
    }
  }
  return [...merged.values()].sort((a, b) => a.at - b.at);
}

/** A route in all processes. */
export type MergedRoute = Merged<RouteRow>;

/** The routes of all processes, the one with most events first. */
export function mergeRoutes(overviews: readonly Overview[]): MergedRoute[] {
  const merged = new Map<string, MergedRoute>();
  for (const row of overviews.flatMap(({ routes }) => routes)) {
    const before = merged.get(row.route);
    const sum = (key: Exclude<keyof RouteRow, 'route' | 'durations'>): number =>
      (before?.[key] ?? 0) + row[key];
    merged.set(row.route, {
      route: row.route,
      events: sum('events'),
      errors: sum('errors'),
      frames: sum('frames'),
      bytes: sum('bytes'),
      totalEvents: sum('totalEvents'),
      totalErrors: sum('totalErrors'),
      durations: [...(before?.durations ?? []), row.durations],
    });
  }
  return [...merged.values()].sort((a, b) => b.events - a.events || b.totalEvents - a.totalEvents);
}

/** A quantile in milliseconds. */
export function quantile(counts: readonly SparseCounts[], share: number): number | undefined {
  const seconds = quantileOf(counts, share);
  return seconds === undefined ? undefined : seconds * 1000;
}
