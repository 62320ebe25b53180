import { SpanKind } from '@opentelemetry/api';
import type { VangoCtx } from '../internal-types';
import { Attr } from './attributes';
import { remoteParent } from './event';
import type { SpanFamily } from './family';
import { formatTraceparent, parseTraceparent } from './traceparent';

/** One hello, to the server's hello: a connect, or a resume when it names a session. */
export const connectSpans: SpanFamily = {
  kind: SpanKind.SERVER,
  name: ctx => (resumes(ctx) ? 'vango.resume' : 'vango.connect'),
  parent: remoteParent,
  links(ctx) {
    const known = resumes(ctx) ? ctx.app.sessions.get(ctx.handshake?.hello.sessionId ?? '') : undefined;
    const connect = parseTraceparent(known?.traceparent);
    return connect === undefined ? undefined : [{ context: connect }];
  },
  ending(span, ctx) {
    const { session, handshake } = ctx;
    if (handshake?.status !== undefined) span.setAttribute(Attr.HelloStatus, handshake.status);
    if (session === undefined) return;
    span.setAttributes({ [Attr.SessionId]: session.id, [Attr.Session]: session.id });
    // Events of the session point to here, in this process or the next.
    session.traceparent = formatTraceparent(span.spanContext());
  },
};

function resumes(ctx: VangoCtx): boolean {
  return ctx.handshake !== undefined && ctx.handshake.hello.sessionId !== '';
}
