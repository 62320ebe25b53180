import type { Family } from './families';

interface Totals {
  readonly hasCount: boolean;
  readonly hasSum: boolean;
}

/** What differs between the two text formats. */
export interface Dialect {
  /** The lines that declare a family. */
  declare(family: Family): string;
  /** The lines that declare `target_info`. */
  readonly target: string;
  /** Formats the upper bound of a bucket. */
  bound(value: number): string;
  /** What is written of a series of a histogram besides its buckets. */
  totalsOf(sum: number | undefined, lowestBound: number | undefined): Totals;
  /** Whether samples of a family may have exemplars. */
  takesExemplars(family: Family): boolean;
  /** Written instead of the families if there are none. */
  readonly nothing: string;
  readonly end: string;
}

export function describe({ sources: [{ metric }] }: Family): string {
  return metric.descriptor.description || 'description missing';
}
