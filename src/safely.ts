import { inspect } from 'node:util';
import { diag } from '@opentelemetry/api';

/** Causes that were told of. */
export const reported = new Set<string>();

/** Runs telemetry's own code: what it throws is reported once per cause and goes no further. */
export function safely<T>(what: string, run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    report(what, error);
    return undefined;
  }
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
    return JSON.stringify(value) ?? inspect(value);
  } catch {
    // Circular, a bigint, or with a toJSON() that throws.
    return `a value of type ${typeof value}`;
  }
}
