import {
  createNoopMeter,
  type Meter,
  metrics,
  ProxyTracer,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { PACKAGE_NAME } from './version';

// Without an SDK the API gives a tracer of its own that waits for one, and one no-op meter.
const NOOP_METER = createNoopMeter();

/** Whether spans of a tracer go anywhere. */
export function isActiveTracer(tracer: Tracer): boolean {
  return !(tracer instanceof ProxyTracer);
}

/** Whether measurements of a meter go anywhere. */
export function isActiveMeter(meter: Meter): boolean {
  return meter !== NOOP_METER;
}

/** Whether a tracer provider is registered in this process. */
export function hasTracerProvider(): boolean {
  return isActiveTracer(trace.getTracerProvider().getTracer(PACKAGE_NAME));
}

/** Whether a meter provider is registered in this process. */
export function hasMeterProvider(): boolean {
  return isActiveMeter(metrics.getMeterProvider().getMeter(PACKAGE_NAME));
}
