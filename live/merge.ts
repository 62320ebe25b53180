import { quantileOf } from '../src/live/histogram';
import type { Overview, RouteRow, Slot } from '../src/live/wire';

/** A slot of all processes together, or a route. */
interface Merged {
  readonly events: number;
  readonly errors: number;
  readonly durations: Slot['durations'][];
}

/** A slot of time as it is drawn. */
export interface MergedSlot extends Merged {
  /** Seconds since the epoch. */
  readonly at: number;
  readonly span: number;
  readonly perceived: Slot['perceived'][];
  readonly active: number;
  readonly detached: number;
  readonly loopDelay: number;
}

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
export interface MergedRoute extends Merged {
  readonly route: string;
  readonly frames: number;
  readonly bytes: number;
  readonly totalEvents: number;
  readonly totalErrors: number;
}

/** The routes of all processes, the one with most events first. */
export function mergeRoutes(overviews: readonly Overview[]): MergedRoute[] {
  const merged = new Map<string, MergedRoute>();
  for (const row of overviews.flatMap(({ routes }) => routes)) {
    const before = merged.get(row.route);
    const sum = (key: 'events' | 'errors' | 'frames' | 'bytes' | TotalKey): number =>
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

type TotalKey = Extract<keyof RouteRow, `total${string}`>;

/** A quantile in milliseconds. */
export function quantile(
  counts: ReadonlyArray<Slot['durations']>,
  share: number,
): number | undefined {
  const seconds = quantileOf(counts, share);
  return seconds === undefined ? undefined : seconds * 1000;
}
