import { type MeterProvider, metrics, type TracerProvider, trace } from '@opentelemetry/api';

/**
 * Calls `start` when the API is first asked for a meter or a tracer, so that nothing is lost that
 * happens before vango is loaded.
 *
 * @returns a function that makes way for the providers of an SDK
 */
export function atFirstUse(start: () => void): () => void {
  const meters: MeterProvider = {
    getMeter(...args) {
      start();
      return metrics.getMeterProvider().getMeter(...args);
    },
  };
  const tracers: TracerProvider = {
    getTracer(...args) {
      start();
      return trace.getTracerProvider().getTracer(...args);
    },
  };
  const isRegistered =
    metrics.setGlobalMeterProvider(meters) && trace.setGlobalTracerProvider(tracers);
  return () => {
    if (!isRegistered) return;
    metrics.disable();
    trace.disable();
  };
}
