import {
  createNoopMeter,
  type Meter,
  metrics,
  ProxyTracer,
  ProxyTracerProvider,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { PACKAGE_NAME } from './version';

// Without an SDK the API gives a tracer of its own that waits for one, and one no-op meter.
const NOOP_METER = createNoopMeter();
/** What a provider of the API passes calls on to until an SDK is registered. */
const NOOP_TRACER_PROVIDER = new ProxyTracerProvider().getDelegate();

/** Whether spans of a tracer go anywhere. */
export function isActiveTracer(tracer: Tracer): boolean {
  return !(tracer instanceof ProxyTracer);
}

/** Whether a provider waits for an SDK: its tracers go nowhere. Asking it costs no tracer. */
export function isWaiting(provider: TracerProvider): boolean {
  return provider instanceof ProxyTracerProvider && provider.getDelegate() === NOOP_TRACER_PROVIDER;
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
