import { effect } from '@preact/signals-core';

/**
 * Runs a function and watches the signals it reads. The first change calls `invalidated` and ends
 * the watch. The next run starts a new one, so nothing stays subscribed to signals that are no
 * longer read.
 */
export class Tracked {
  private isFresh = false;
  private unsubscribe: (() => void) | undefined;

  constructor(
    private readonly body: () => void,
    private readonly invalidated: () => void,
  ) {}

  /** Throws what the function throws. There is no watch then. */
  run(): void {
    this.stop();
    this.isFresh = true;
    this.unsubscribe = effect(this.react);
  }

  /** Ends the watch. */
  stop(): void {
    this.unsubscribe?.();
    this.unsubscribe = undefined;
  }

  private readonly react = (): void => {
    const { isFresh } = this;
    this.isFresh = false;
    if (isFresh) this.body();
    else this.invalidated();
  };
}
