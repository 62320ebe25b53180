import type { RuntimeMetrics } from 'vango';

const OWN = Symbol.for('vango.otel.tee');

type Method = (...values: unknown[]) => void;

/** Metrics that report to the recorder and to what the application set itself. */
export function combineMetrics(metrics: RuntimeMetrics, recorder: RuntimeMetrics): RuntimeMetrics {
  const own = ownMetrics(metrics);
  if (own === recorder) return recorder;
  const combined: PropertyDescriptorMap = { [OWN]: { value: own } };
  for (const [name, record] of Object.entries(recorder) as Array<[string, Method]>) {
    combined[name] = {
      value(...values: unknown[]) {
        record(...values);
        const method: unknown = Reflect.get(own, name);
        if (typeof method === 'function') method.apply(own, values);
      },
    };
  }
  return Object.create(own, combined);
}

/** The metrics that the application set itself, without ours. */
export function ownMetrics(metrics: RuntimeMetrics): RuntimeMetrics {
  return (metrics as { [OWN]?: RuntimeMetrics })[OWN] ?? metrics;
}
