import { SpanKind } from '@opentelemetry/api';
import { EVENT_TYPES } from '../metrics/catalogue';
import { Attr } from './attributes';
import { linksToAttachment } from './connect';
import type { SpanFamily } from './family';

const NAMES: ReadonlyMap<string, string> = new Map(EVENT_TYPES.map(type => [type, `vango.${type}`]));

/** One client event: its own trace, or the browser's; linked to the connect or resume its session came from. */
export const eventSpans: SpanFamily = {
  kind: SpanKind.SERVER,
  nested: false,
  name: ctx => NAMES.get(ctx.event?.type ?? 'Unknown') ?? 'vango.Unknown',
  links: ctx => linksToAttachment(ctx.session),
  ending(span, ctx) {
    span.setAttribute(Attr.PatchCount, ctx.patchCount);
  },
};
