import type { RuntimeMetrics } from './runtimeMetrics';

const TARGETS = Symbol.for('vango.otel.tee');

type Method = (...args: unknown[]) => void;

/** Metrics that report to two, the application's own first. */
export function tee(own: RuntimeMetrics, recorder: RuntimeMetrics): RuntimeMetrics {
  const both = new Proxy(own, {
    get(target, name) {
      if (name === TARGETS) return target;
      const first = Reflect.get(target, name) as unknown;
      const second = Reflect.get(recorder, name) as unknown;
      if (typeof first !== 'function' || typeof second !== 'function') return first;
      return (...args: unknown[]) => {
        (second as Method).apply(recorder, args);
        (first as Method).apply(target, args);
      };
    },
  });
  return both;
}

/** What the application itself set, under a tee of ours. */
export function untee(metrics: RuntimeMetrics): RuntimeMetrics {
  return (metrics as { [TARGETS]?: RuntimeMetrics })[TARGETS] ?? metrics;
}
