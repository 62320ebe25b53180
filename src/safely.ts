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
