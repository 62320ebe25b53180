import type { RefusedWork, RuntimeMetrics } from '../metrics';

/** What may start so often, in words. */
type Limited = Exclude<RefusedWork, 'queue'>;
const NAMES: Record<Limited, string> = {
  resource: 'resource loads',
  action: 'action runs',
  prefetch: 'prefetches',
};

/** A resource or action was started too often. */
export class BudgetExceededError extends Error {
  override name = 'BudgetExceededError';

  constructor(what: string, limit: number) {
    super(
      `More than ${limit} ${what} within one second; look for a loop of effects or raise the limit`,
    );
  }
}

const WINDOW = 1000;

/** Limits how often something starts within a sliding window of one second. */
export class RateLimiter {
  private starts: number[] = [];

  /** @param limit - starts within one second; 0 for no limit */
  constructor(
    private readonly what: Limited,
    private readonly limit: number,
    private readonly host: { readonly metrics: RuntimeMetrics },
  ) {}

  /**
   * Counts one start.
   *
   * @throws BudgetExceededError when the limit is reached; the start does not count then
   */
  take(now = performance.now()): void {
    if (this.limit === 0) return;
    this.starts = this.starts.filter(at => now - at < WINDOW);
    if (this.starts.length >= this.limit) {
      this.host.metrics.recordBudgetRefusal(this.what);
      throw new BudgetExceededError(NAMES[this.what], this.limit);
    }
    this.starts.push(now);
  }
}
