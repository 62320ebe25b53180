import { isPromise, type MaybePromise } from '../maybePromise';

/**
 * Runs units of work one at a time, in order. A unit that finds the queue idle runs at once, on the
 * caller's stack. While a unit is pending, up to `limit` others wait.
 */
export class SerialQueue<T extends object> {
  private waiting: T[] | undefined;
  private running: T | undefined;
  private idleListeners: Array<() => void> | undefined;

  /** @param perform - must not throw or reject */
  constructor(
    private readonly perform: (unit: T) => MaybePromise<void>,
    private readonly limit: number,
  ) {}

  /** Returns false when the queue is full. The unit does not run then. */
  push(unit: T): boolean {
    if (this.running !== undefined) {
      this.waiting ??= [];
      if (this.waiting.length >= this.limit) return false;
      this.waiting.push(unit);
      return true;
    }
    this.start(unit);
    return true;
  }

  get idle(): boolean {
    return this.running === undefined;
  }

  /** The unit that runs. */
  get current(): T | undefined {
    return this.running;
  }

  /** The units that wait. */
  get queued(): readonly T[] {
    return this.waiting ?? [];
  }

  /** Drops the units that wait. The running one ends by itself. */
  clear(): void {
    this.waiting = undefined;
  }

  /** Resolves when nothing runs or waits. */
  settled(): Promise<void> {
    if (this.idle) return Promise.resolve();
    return new Promise(resolve => {
      this.idleListeners ??= [];
      this.idleListeners.push(resolve);
    });
  }

  private start(first: T): void {
    let unit: T | undefined = first;
    while (unit !== undefined) {
      this.running = unit;
      const result = this.perform(unit);
      if (isPromise(result)) {
        result.then(this.resume, this.resume);
        return;
      }
      unit = this.waiting?.shift();
    }
    this.rest();
  }

  private readonly resume = (): void => {
    const next = this.waiting?.shift();
    if (next === undefined) this.rest();
    else this.start(next);
  };

  private rest(): void {
    this.running = undefined;
    this.waiting = undefined;
    const listeners = this.idleListeners;
    this.idleListeners = undefined;
    for (const listener of listeners ?? []) listener();
  }
}
