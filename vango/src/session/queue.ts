import { isPromise, type MaybePromise } from '../promise';
import type { Ctx } from './ctx';

/** Work that no client event caused: what `dispatch` was given. */
export class Work {
  /** @param cause the run of a resource or action whose result it applies */
  constructor(
    readonly run: (ctx: Ctx) => MaybePromise<void>,
    readonly cause?: object,
  ) {}
}

/**
 * Runs units of work one at a time, in order. What settles at once runs at once, in the caller's stack; while a unit is pending, up to `limit`
 * further ones wait.
 */
export class SerialQueue {
  private waiting: Ctx[] | undefined;
  private busy = false;
  private idleListeners: Array<() => void> | undefined;

  /** @param perform must not throw or reject */
  constructor(
    private readonly perform: (ctx: Ctx) => MaybePromise<void>,
    private readonly limit: number,
  ) {}

  /** False when the queue is full; the unit is then not run. */
  push(ctx: Ctx): boolean {
    if (this.busy) {
      this.waiting ??= [];
      if (this.waiting.length >= this.limit) return false;
      this.waiting.push(ctx);
      return true;
    }
    this.start(ctx);
    return true;
  }

  get idle(): boolean {
    return !this.busy;
  }

  /** Forgets what waits; what runs ends by itself. */
  clear(): void {
    this.waiting = undefined;
  }

  /** Resolves when nothing runs or waits. */
  settled(): Promise<void> {
    if (!this.busy) return Promise.resolve();
    return new Promise(resolve => {
      this.idleListeners ??= [];
      this.idleListeners.push(resolve);
    });
  }

  private start(first: Ctx): void {
    this.busy = true;
    let ctx: Ctx | undefined = first;
    while (ctx !== undefined) {
      const result = this.perform(ctx);
      if (isPromise(result)) {
        result.then(this.resume, this.resume);
        return;
      }
      ctx = this.waiting?.shift();
    }
    this.rest();
  }

  private readonly resume = (): void => {
    const next = this.waiting?.shift();
    if (next === undefined) this.rest();
    else this.start(next);
  };

  private rest(): void {
    this.busy = false;
    this.waiting = undefined;
    const listeners = this.idleListeners;
    this.idleListeners = undefined;
    for (const listener of listeners ?? []) listener();
  }
}
