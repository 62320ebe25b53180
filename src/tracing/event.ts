import { type Context, type Link, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import type { VangoCtx } from '../internal-types';
import { EVENT_TYPES } from '../metrics/catalogue';
import { Attr } from './attributes';
import type { SpanFamily } from './family';
import { parseTraceparent } from './traceparent';

const NAMES: ReadonlyMap<string, string> = new Map(EVENT_TYPES.map(type => [type, `vango.${type}`]));

/** One client event: its own trace, or the browser's; linked to the connect its session came from. */
export const eventSpans: SpanFamily = {
  kind: SpanKind.SERVER,
  name: ctx => NAMES.get(ctx.event?.type ?? 'Unknown') ?? 'vango.Unknown',
  parent(ctx, config) {
    return config.trustClientContext === 'parent' ? remoteParent(ctx) : ROOT_CONTEXT;
  },
  links(ctx, config) {
    const links: Link[] = [];
    const connect = parseTraceparent(ctx.session?.traceparent);
    if (connect !== undefined) links.push({ context: connect });
    const sent = config.trustClientContext === 'link' ? parseTraceparent(ctx.traceparent) : undefined;
    if (sent !== undefined) links.push({ context: sent });
    return links;
  },
  ending(span, ctx) {
    span.setAttribute(Attr.PatchCount, ctx.patchCount);
  },
};

/** A context whose parent is the span the browser named, or the root context. */
export function remoteParent(ctx: VangoCtx): Context {
  const sent = parseTraceparent(ctx.traceparent);
  return sent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, sent);
}
