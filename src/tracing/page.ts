import { isSpanContextValid, SpanKind } from '@opentelemetry/api';
import type { SpanFamily } from './family';
import { formatTraceparent } from './traceparent';

/** One page render, below the HTTP request's span; the page carries its trace context to the connect. */
export const pageSpans: SpanFamily = {
  kind: SpanKind.INTERNAL,
  nested: true,
  name: () => 'vango.ssr',
  started(span, ctx) {
    const spanContext = span.spanContext();
    if (isSpanContextValid(spanContext)) ctx.traceparent = formatTraceparent(spanContext);
  },
};

/** The first render on a session, below its connect. */
export const mountSpans: SpanFamily = {
  kind: SpanKind.INTERNAL,
  nested: true,
  name: () => 'vango.mount',
};
