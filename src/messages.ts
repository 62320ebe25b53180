import { inspect } from 'node:util';
import { diag } from '@opentelemetry/api';
import { type FailurePlace, failureCounts } from './failures';
import { PACKAGE_NAME } from './version';

/** Codes of the process warnings for developers; README.md explains each. */
export type WarningCode = 'VANGO_OTEL_TWICE' | 'VANGO_OTEL_LATE' | 'VANGO_OTEL_VERSION';

/** Causes that were reported through `diag`: each is reported once. */
export const reported = new Set<string>();

/** Warnings that are kept for the live view. Their causes are few. */
const MAX_WARNINGS = 50;
const MAX_WARNING = 500;
/** The last warnings of telemetry, in order. */
export const warnings: string[] = [];

/** Writes a line for the operators of a process to its standard error. */
export function operatorLine(line: string): void {
  process.stderr.write(`[vango] ${line}\n`);
}

/** Warns the developers of an application. `diag` is silent that early. */
export function developerWarning(code: WarningCode, message: string): void {
  keep(`${code}: ${message}`);
  process.emitWarning(message, { code });
}

/** Reports through `diag`, each time. Its lines begin with the name of the package. */
export function diagnose(level: 'error' | 'warn', message: string, ...details: unknown[]): void {
  keep(message);
  diag[level](`${PACKAGE_NAME}: ${message}`, ...details);
}

function keep(message: string): void {
  const text = message.slice(0, MAX_WARNING);
  if (warnings.includes(text)) return;
  warnings.push(text);
  if (warnings.length > MAX_WARNINGS) warnings.shift();
}

/**
 * Counts a failure of telemetry, and reports it through `diag`, once per cause.
 *
 * @param what - names the code in the report
 */
export function reportFailure(place: FailurePlace, what: string, error: unknown): void {
  failureCounts()[place]++;
  if (isNew(what)) diagnose('error', `${what} failed; the application is not affected`, error);
}

/** Warns through `diag`, once per cause. */
export function warnOnce(cause: string, message: string): void {
  if (isNew(cause)) diagnose('warn', message);
}

function isNew(cause: string): boolean {
  if (reported.has(cause)) return false;
  reported.add(cause);
  return true;
}

/** Formats any value for a message. Never throws. */
export function show(value: unknown): string {
  if (typeof value === 'function') return `the function ${value.name || '(anonymous)'}`;
  if (typeof value === 'number') return `${value}`;
  try {
    if (typeof (value as PromiseLike<unknown> | null)?.then === 'function') return 'a promise';
    return JSON.stringify(value) ?? inspect(value);
  } catch {
    // Circular, a bigint, or with a toJSON() that throws.
    return `a value of type ${typeof value}`;
  }
}
