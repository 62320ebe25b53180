import type { Attributes, SpanContext } from '@opentelemetry/api';
import { warnOnce } from '../messages';

/** A measurement that stands for those of its bucket. */
export interface Exemplar {
  readonly value: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** The sampled span in which it was made, if it was made in one. */
  readonly span: SpanContext | null;
}

/** The exemplars of the series that a point with these attributes stands for. */
export type ExemplarsOf = (attributes: Attributes) => Exemplar[];

const FILTERS = ['always_off', 'trace_based', 'always_on'] as const;
/** Which measurements may become exemplars: none, those in sampled spans, or all. */
export type ExemplarFilter = (typeof FILTERS)[number];
const VARIABLE = 'OTEL_METRICS_EXEMPLAR_FILTER';

/** The filter that an environment asks for. An unknown one is reported and has the default. */
export function exemplarFilter(env: NodeJS.ProcessEnv): ExemplarFilter {
  const given = env[VARIABLE]?.trim().toLowerCase();
  const filter = FILTERS.find(each => each === given);
  if (given && filter === undefined)
    warnOnce(
      VARIABLE,
      `${VARIABLE} is ${JSON.stringify(given)}; trace_based is used. Give ${FILTERS.join(', ')}`,
    );
  return filter ?? 'trace_based';
}

/** An exemplar that a later one replaces, without an allocation. */
interface Slot {
  value: number;
  time: number;
  span: SpanContext | null;
}

/** The last exemplar of each bucket of a series; a counter has one. */
export class Exemplars {
  private readonly slots: Array<Slot | undefined>;

  /** @param bounds - upper bounds of the buckets, in order */
  constructor(private readonly bounds: readonly number[]) {
    this.slots = new Array(bounds.length + 1).fill(undefined);
  }

  offer(value: number, time: number, span: SpanContext | null): void {
    const bucket = bucketOf(value, this.bounds);
    const slot = this.slots[bucket];
    if (slot === undefined) {
      this.slots[bucket] = { value, time, span };
      return;
    }
    slot.value = value;
    slot.time = time;
    slot.span = span;
  }

  get all(): Exemplar[] {
    return this.slots.filter(slot => slot !== undefined);
  }
}

/** The place of the bucket that a value belongs to. */
export function bucketOf(value: number, bounds: readonly number[]): number {
  let bucket = 0;
  while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket++;
  return bucket;
}
