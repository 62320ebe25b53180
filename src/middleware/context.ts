import { type Context, context, type Span, trace } from '@opentelemetry/api';
import { spanOf } from '../tracing/observer';
import type { VangoCtx } from '../types';

/** The span that observes this unit of work, or else the active one. */
export function spanFromContext(ctx: VangoCtx): Span | undefined {
  return spanOf(ctx) ?? trace.getActiveSpan();
}

/** An OpenTelemetry context with that span in it, to propagate from or to run code in. */
export function traceContext(ctx: VangoCtx): Context {
  const span = spanFromContext(ctx);
  return span === undefined ? context.active() : trace.setSpan(context.active(), span);
}
