import { effect } from '@preact/signals-core';

/** A function run once whose reads are watched; `stop` ends the watch. */
export interface Tracked<T> {
  readonly value: T;
  stop(): void;
}

/**
 * Runs `run` and watches what it reads. At the first change `invalidated` is called, once; the watch is then spent, so
 * whoever runs the function again collects its reads afresh and nothing stays subscribed to what is no longer read.
 */
export function track<T>(run: () => T, invalidated: () => void): Tracked<T> {
  let ran = false;
  let value!: T;
  const stop = effect(() => {
    if (ran) return invalidated();
    ran = true;
    value = run();
  });
  return { value, stop };
}
