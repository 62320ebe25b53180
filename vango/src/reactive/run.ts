import type { ScopeSession } from './scope';

/** One load of a resource or run of an action. */
export class Run<T> {
  private readonly controller = new AbortController();
  private readonly startedAt = performance.now();

  /**
   * @param name of the resource or action, for observers
   * @param session that the result is for
   */
  constructor(
    readonly name: string,
    readonly session: ScopeSession,
    private readonly work: (signal: AbortSignal) => T | Promise<T>,
  ) {}

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Milliseconds since the start. */
  get elapsed(): number {
    return performance.now() - this.startedAt;
  }

  /** Tells the work that nobody waits for it. */
  cancel(): void {
    this.controller.abort();
  }

  /** Does the work once. */
  async attempt(): Promise<T> {
    return this.work(this.signal);
  }
}
