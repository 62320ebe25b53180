import {
  type Context,
  INVALID_SPAN_CONTEXT,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  trace,
} from '@opentelemetry/api';
import type { ClientContextTrust } from '../config';
import { parseTraceparent } from './traceparent';

/** Where a client's trace context puts a span: below it, or beside it with a link. */
export interface Placement {
  readonly parent?: Context;
  readonly link?: Link;
}

/** Makes of a traceparent that a client sent what the configuration says; undefined when it makes no difference. */
export function placeBy(traceparent: string | undefined, trust: ClientContextTrust): Placement | undefined {
  const sent = trust === 'ignore' ? undefined : parseTraceparent(traceparent);
  if (sent === undefined) return undefined;
  return trust === 'link'
    ? { link: { context: sent } }
    : { parent: trace.setSpan(ROOT_CONTEXT, clientSpan(sent)) };
}

/**
 * A client is believed which trace it is in, not whether that trace is sampled: a page could have all its events recorded, or none. So a tracer, which reads its parent
 * first, gets the client's span; the sampler it then asks finds no parent, and decides as for a root of that trace.
 */
function clientSpan(sent: SpanContext): Span {
  const span = trace.wrapSpanContext(sent);
  let isRead = false;
  span.spanContext = () => {
    if (isRead) return INVALID_SPAN_CONTEXT;
    isRead = true;
    return sent;
  };
  return span;
}
