import { bucketOf, type Exemplar } from '../metrics/exemplars';

/** The text of an exemplar behind its sample. */
function textOf({ value, time, span }: Exemplar): string {
  const labels = span === null ? '' : `trace_id="${span.traceId}",span_id="${span.spanId}"`;
  return ` # {${labels}} ${value} ${(time / 1000).toFixed(3)}`;
}

/** The text of the latest exemplar, for a counter. */
export function latestExemplar(exemplars: Exemplar[]): string {
  const latest = byTime(exemplars).at(-1);
  return latest === undefined ? '' : textOf(latest);
}

/**
 * The text of the latest exemplar of each bucket that has counted one. Bounds may be others than
 * those the exemplars were kept for, by a view.
 */
export function bucketExemplars(
  exemplars: Exemplar[],
  bounds: readonly number[],
  counts: readonly number[],
): ReadonlyArray<string | undefined> {
  const texts: Array<string | undefined> = [];
  for (const exemplar of byTime(exemplars)) {
    const bucket = bucketOf(exemplar.value, bounds);
    if (counts[bucket] !== 0) texts[bucket] = textOf(exemplar);
  }
  return texts;
}

function byTime(exemplars: Exemplar[]): Exemplar[] {
  return exemplars.sort((one, other) => one.time - other.time);
}
