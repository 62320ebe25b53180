import { context, isSpanContextValid, type SpanContext, SpanKind, trace } from '@opentelemetry/api';
import type { Work } from '../internal-types';
import { Attr } from './attributes';
import type { SpanFamily } from './family';
import { spanContextOfRun } from './run';

const causes = new WeakMap<Work, SpanContext>();

/** Remembers which span dispatched a piece of work: that of the run whose result it applies, or else the active one. */
export function rememberCause(work: Work): void {
  const cause = spanContextOfRun(work.cause) ?? trace.getSpanContext(context.active());
  if (cause !== undefined && isSpanContextValid(cause)) causes.set(work, cause);
}

/** Work that no client event caused: its own trace, linked to what dispatched it. */
export const workSpans: SpanFamily = {
  kind: SpanKind.INTERNAL,
  nested: false,
  name: () => 'vango.dispatch',
  links(ctx) {
    const cause = ctx.work && causes.get(ctx.work);
    return cause === undefined ? [] : [{ context: cause }];
  },
  ending(span, ctx) {
    span.setAttribute(Attr.PatchCount, ctx.patchCount);
  },
};
