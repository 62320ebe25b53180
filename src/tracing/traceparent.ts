import { type Link, type SpanContext, TraceFlags } from '@opentelemetry/api';

const FORMAT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const ZERO = /^0+$/;

/** Reads a W3C traceparent of version 00; undefined for anything else. It may come from a hostile client. */
export function parseTraceparent(text: string | undefined): SpanContext | undefined {
  if (text === undefined || text.length !== 55) return undefined;
  const [, traceId, spanId, flags] = FORMAT.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (ZERO.test(traceId) || ZERO.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote: true };
}

/** A link to the span a traceparent names; none without one. */
export function linkTo(traceparent: string | undefined): Link[] {
  const context = parseTraceparent(traceparent);
  return context === undefined ? [] : [{ context }];
}

/** The W3C form of a span's context. */
export function formatTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags & TraceFlags.SAMPLED ? '01' : '00'}`;
}
