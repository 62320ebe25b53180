import { inspect } from 'node:util';
import { diag } from '@opentelemetry/api';

/** Causes that were told of. */
export const reported = new Set<string>();

/**
 * Runs telemetry's own code, and the user's for it: what it throws is reported once per cause and
 * goes no further, nor does what a promise of it rejects with.
 */
export function safely<T>(what: string, run: () => T): T | undefined {
  try {
    const result = run();
    if (typeof result === 'object' && result !== null) {
      whenSettled(result, thrown => {
        if (thrown !== undefined) report(what, thrown.error);
      });
    }
    return result;
  } catch (error) {
    report(what, error);
    return undefined;
  }
}

/**
 * Calls `settled` once what may be a promise has settled: now, if it is none. A promise that cannot
 * be waited for counts as settled.
 */
export function whenSettled(result: unknown, settled: (thrown?: { error: unknown }) => void): void {
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

/** Whether it has a `then`, as a promise of any make has. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}

/** Tells of a failure of telemetry, once per cause. */
export function report(what: string, error: unknown): void {
  if (reported.has(what)) return;
  reported.add(what);
  diag.error(`@vango/opentelemetry: ${what} failed; the application is not affected`, error);
}

/** Warns of what somebody does wrong, once per cause. */
export function warnOnce(cause: string, message: string): void {
  if (reported.has(cause)) return;
  reported.add(cause);
  diag.warn(`@vango/opentelemetry: ${message}`);
}

/** A value as a message has it, whatever it is. */
export function show(value: unknown): string {
  if (typeof value === 'function') return `the function ${value.name || '(anonymous)'}`;
  if (typeof value === 'number') return `${value}`;
  try {
    return isPromise(value) ? 'a promise' : (JSON.stringify(value) ?? inspect(value));
  } catch {
    // Circular, a bigint, or with a toJSON() that throws.
    return `a value of type ${typeof value}`;
  }
}
