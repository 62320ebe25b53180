import { NOOP_METRICS, type RuntimeMetrics } from '../../src';

/** Creates metrics that record each call, as its name and its arguments. */
export function recording(): {
  metrics: RuntimeMetrics;
  calls: unknown[][];
  of(name: string): unknown[][];
} {
  const calls: unknown[][] = [];
  const metrics = Object.fromEntries(
    Object.keys(NOOP_METRICS).map(name => [
      name,
      (...args: unknown[]) => void calls.push([name, ...args]),
    ]),
  ) as unknown as RuntimeMetrics;
  return {
    metrics,
    calls,
    of: name => calls.filter(([called]) => called === name).map(([, ...args]) => args),
  };
}
