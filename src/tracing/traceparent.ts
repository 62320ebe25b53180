import { type Link, type SpanContext, TraceFlags } from '@opentelemetry/api';

const FORMAT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Reads a W3C traceparent of version 00; undefined for anything else. It may come from a hostile
 * client.
 */
export function parseTraceparent(text: string | undefined): SpanContext | undefined {
  return text !== undefined && text.length === 55 && FORMAT.test(text) ? read(text) : undefined;
}

/** Links to the span that a traceparent names. It must be one that `formatTraceparent` made. */
export function linkTo(traceparent: string | undefined): Link[] {
  return traceparent?.length === 55 ? [{ context: read(traceparent) }] : [];
}

function read(traceparent: string): SpanContext {
  return {
    traceId: traceparent.slice(3, 35),
    spanId: traceparent.slice(36, 52),
    traceFlags: isOdd(traceparent.charCodeAt(54)) ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
  };
}

/** Whether a hexadecimal digit has its lowest bit set. Each event's link is read this way. */
function isOdd(digit: number): boolean {
  return ((digit <= NINE ? digit : digit + 1) & 1) === 1;
}

const NINE = 0x39;

/** The W3C form of a span's context. */
export function formatTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags & TraceFlags.SAMPLED ? '01' : '00'}`;
}
