import { SpanKind } from '@opentelemetry/api';
import type { SpanFamily } from './family';

/** What a middleware observes that is no client event: a page render, a mount, a resume. */
export const routeSpans: SpanFamily = {
  kind: SpanKind.INTERNAL,
  nested: true,
  name: ctx => `vango ${ctx.route}`,
};
