import { effect } from '@preact/signals-core';

/**
 * Runs a function and watches what it reads. At the first change `invalidated` is called, once; the watch is then spent, so whoever
 * runs the function again collects its reads afresh and nothing stays subscribed to what is no longer read.
 */
export class Tracked {
  private isFresh = false;
  private unsubscribe: (() => void) | undefined;

  constructor(
    private readonly body: () => void,
    private readonly invalidated: () => void,
  ) {}

  /** Throws what the function throws; nothing is watched then. */
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
