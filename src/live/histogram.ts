/** Seconds up to which all durations share the first bucket. */
const LOWEST = 0.0001;
/** Buckets from one duration to its double: a quantile is at most 5 % off. */
const PER_DOUBLING = 8;
/** Reaches to 3.5 minutes; what takes longer is in the last bucket. */
const BUCKETS = 170;

/** Numbers of buckets that are not empty, each followed by its count. */
export type SparseCounts = readonly number[];

/** Durations of one stretch of time, in buckets that grow by a fixed factor. */
export class Histogram {
  private readonly counts = new Uint32Array(BUCKETS);

  add(seconds: number): void {
    (this.counts[bucketOf(seconds)] as number)++;
  }

  addAll(counts: SparseCounts): void {
    for (let i = 0; i < counts.length; i += 2)
      (this.counts[counts[i] as number] as number) += counts[i + 1] as number;
  }

  /** The counts so far. */
  read(): SparseCounts {
    const sparse: number[] = [];
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const count = this.counts[bucket] as number;
      if (count > 0) sparse.push(bucket, count);
    }
    return sparse;
  }

  clear(): void {
    this.counts.fill(0);
  }
}

/**
 * The duration that a share of all durations does not exceed, in seconds; undefined without any.
 *
 * @param all - counts of any number of histograms
 */
export function quantileOf(all: readonly SparseCounts[], share: number): number | undefined {
  const sums = new Map<number, number>();
  let total = 0;
  for (const counts of all) {
    for (let i = 0; i < counts.length; i += 2) {
      const bucket = counts[i] as number;
      const count = counts[i + 1] as number;
      sums.set(bucket, (sums.get(bucket) ?? 0) + count);
      total += count;
    }
  }
  if (total === 0) return undefined;
  let left = Math.max(1, Math.ceil(total * share));
  const sorted = [...sums].sort(([a], [b]) => a - b);
  for (const [bucket, count] of sorted) {
    left -= count;
    if (left <= 0) return middleOf(bucket);
  }
  return undefined;
}

function bucketOf(seconds: number): number {
  if (!(seconds > LOWEST)) return 0;
  return Math.min(BUCKETS - 1, Math.ceil(Math.log2(seconds / LOWEST) * PER_DOUBLING));
}

function middleOf(bucket: number): number {
  return LOWEST * 2 ** ((bucket - 0.5) / PER_DOUBLING);
}
