/** Starts a session may make within one second; 0 for no limit. */
export interface StormLimits {
  readonly resourceStarts: number;
  readonly actionStarts: number;
}

/** A resource or action was started too often. */
export class BudgetExceededError extends Error {
  override name = 'BudgetExceededError';

  constructor(what: string, limit: number) {
    super(`More than ${limit} ${what} within one second; look for a loop of effects or raise the limit`);
  }
}

const WINDOW = 1000;

/** Counts starts in a sliding window of one second. */
export class StormBudget {
  private starts: number[] = [];

  constructor(
    private readonly what: string,
    private readonly limit: number,
  ) {}

  /** @throws BudgetExceededError when the budget is used up; the start does not count then */
  take(now = performance.now()): void {
    if (this.limit === 0) return;
    this.starts = this.starts.filter(at => now - at < WINDOW);
    if (this.starts.length >= this.limit) throw new BudgetExceededError(this.what, this.limit);
    this.starts.push(now);
  }
}
