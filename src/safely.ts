import type { FailurePlace } from './failures';
import { reportFailure } from './messages';

/**
 * Runs code of telemetry, or a hook of the user. An error that it throws, or that its promise
 * rejects with, is counted, reported once per cause, and goes no further.
 *
 * @param what - names the code in the report
 */
export function safely<T>(place: FailurePlace, what: string, run: () => T): T | undefined {
  try {
    const result = run();
    if (typeof result === 'object' && result !== null) {
      whenSettled(result, thrown => {
        if (thrown !== undefined) reportFailure(place, what, thrown.error);
      });
    }
    return result;
  } catch (error) {
    reportFailure(place, what, error);
    return undefined;
  }
}

/** What was thrown. The box tells `throw undefined` from no throw at all. */
export interface Thrown {
  readonly error: unknown;
}

/**
 * Calls `settled` when a promise has settled, or at once for any other value. A promise whose
 * `then` throws counts as settled.
 */
export function whenSettled(result: unknown, settled: (thrown?: Thrown) => void): void {
  try {
    if (isPromise(result)) {
      result.then(
        () => settled(),
        error => settled({ error }),
      );
      return;
    }
  } catch {
    // Its `then` throws.
  }
  settled();
}

/** Whether a value has a `then` method, as all kinds of promises have. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}
