import type { Logger } from '../../src';

/** A logger that discards all lines, for tests that provoke errors on purpose. */
export function silentLogger(): Logger {
  return { error() {}, warn() {}, info() {} };
}
