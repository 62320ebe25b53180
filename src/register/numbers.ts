import { diagnose } from '../messages';
import { requireFromSdk } from './sdk';

/** The longest delay of a Node.js timer. */
const MAX = 2 ** 31 - 1;

/** Reads a number as the SDK does: one that is invalid is reported, and has its default. */
export function positiveNumber(variable: string): number | undefined {
  const { getNumberFromEnv } = requireFromSdk('@opentelemetry/core') as {
    getNumberFromEnv(variable: string): number | undefined;
  };
  const value = getNumberFromEnv(variable);
  if (value === undefined || (value > 0 && value <= MAX)) return value;
  diagnose('warn', `${variable} is ${value}; the default is used. Give a number, 1 to ${MAX}`);
  return undefined;
}
