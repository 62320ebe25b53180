import type { Exemplar } from '../metrics/exemplars';
import type { Dialect } from './dialect';
import { bucketExemplars } from './exemplarText';
import type { Report } from './families';
import type { HistogramPoint } from './metricTypes';

/** The line of one value. */
export function valueLine(name: string, labels: string, value: number, exemplar = ''): string {
  return `${name}${labels === '' ? '' : `{${labels}}`} ${numberText(value)}${exemplar}\n`;
}

/** The lines of the series of one histogram. */
export class HistogramLines {
  private bounds: readonly number[] | undefined;
  /**
   * The label of each bucket's bound and what follows it. Most series of a histogram share them.
   */
  private ends: readonly string[] = [];

  constructor(
    private readonly name: string,
    private readonly dialect: Dialect,
    private readonly report: Report,
  ) {}

  of(
    labels: string,
    { count, sum, buckets }: HistogramPoint['value'],
    exemplars: Exemplar[] = [],
  ): string {
    const { name, dialect } = this;
    const { boundaries = [], counts = [] } = buckets ?? {};
    const { hasCount, hasSum } = dialect.totalsOf(sum, boundaries[0]);
    let text = hasCount ? valueLine(`${name}_count`, labels, count) : '';
    if (sum !== undefined && !hasSum)
      this.report(
        `${name} has no _sum and _count in OpenMetrics, since its sum may fall or is NaN`,
      );
    if (hasSum && sum !== undefined) text += valueLine(`${name}_sum`, labels, sum);
    const ends = this.endsFor(boundaries);
    const start = `${name}_bucket{${labels === '' ? '' : `${labels},`}`;
    const marks = exemplars.length === 0 ? [] : bucketExemplars(exemplars, boundaries, counts);
    const last = ends.length - 1;
    let below = 0;
    for (let bucket = 0; bucket <= last; bucket++) {
      below += counts[bucket] ?? 0;
      text += `${start}${ends[bucket]}${bucket === last ? count : below}`;
      text += marks[bucket] === undefined ? '\n' : `${marks[bucket]}\n`;
    }
    return text;
  }

  private endsFor(bounds: readonly number[]): readonly string[] {
    if (bounds !== this.bounds) {
      this.bounds = bounds;
      this.ends = upperBounds(bounds).map(bound => `le="${this.dialect.bound(bound)}"} `);
    }
    return this.ends;
  }
}

/** The bounds of all buckets: the last one is infinite, whether the SDK lists it or not. */
function upperBounds(bounds: readonly number[]): readonly number[] {
  const infinite = Number.POSITIVE_INFINITY;
  return bounds.at(-1) === infinite ? bounds : [...bounds, infinite];
}

export function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : `${value}`;
}
