import type { RuntimeMetrics } from './runtimeMetrics';

const TARGETS = Symbol.for('vango.otel.tee');

type Method = (...args: unknown[]) => unknown;

/** Has metrics report to the recorder too, unless they do already. */
export function teeOnce(metrics: RuntimeMetrics, recorder: RuntimeMetrics): RuntimeMetrics {
  const own = untee(metrics);
  return own === recorder ? recorder : tee(own, recorder);
}

/** Metrics that report to two, the application's own first. */
function tee(own: RuntimeMetrics, recorder: RuntimeMetrics): RuntimeMetrics {
  // Not a proxy of the application's object: that may be frozen, and then may not be seen differently.
  return new Proxy({} as RuntimeMetrics, {
    get(_, name) {
      if (name === TARGETS) return own;
      const first = Reflect.get(own, name) as unknown;
      const second = Reflect.get(recorder, name) as unknown;
      if (typeof first !== 'function' || typeof second !== 'function') return first;
      return (...args: unknown[]) => {
        (second as Method).apply(recorder, args);
        return (first as Method).apply(own, args);
      };
    },
  });
}

/** What the application itself set, under a tee of ours. */
export function untee(metrics: RuntimeMetrics): RuntimeMetrics {
  return (metrics as { [TARGETS]?: RuntimeMetrics })[TARGETS] ?? metrics;
}
