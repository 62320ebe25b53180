import type { ScopeSession } from './scope';

/** One load of a resource or run of an action. */
export class Run<T> {
  private readonly controller = new AbortController();
  private readonly startedAt = performance.now();

  /**
   * @param name - name of the resource or action, for observers
   * @param session - session that gets the result
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

  /** Signals to the work that its result is not needed. */
  cancel(): void {
    this.controller.abort();
  }

  /** Does the work once. */
  async attempt(): Promise<T> {
    return this.work(this.signal);
  }
}
