/** A measured figure and its limit. */
export interface Budget {
  readonly what: string;
  readonly measured: number;
  readonly allowed: number;
  readonly unit?: string;
  /** Whether more is better; otherwise less is. */
  readonly atLeast?: boolean;
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function isWithin({ measured, allowed, atLeast = false }: Budget): boolean {
  return atLeast ? measured >= allowed : measured <= allowed;
}

/** A row for console.table(). */
export function rowOf(budget: Budget): Record<string, string> {
  const { what, measured, allowed, unit = '', atLeast = false } = budget;
  return {
    what,
    measured: `${measured.toPrecision(3)} ${unit}`,
    budget: `${atLeast ? '≥' : '≤'} ${allowed.toLocaleString('en')} ${unit}`,
    '': isWithin(budget) ? '' : 'OVER',
  };
}
