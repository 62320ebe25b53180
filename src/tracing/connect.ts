import { type Link, SpanKind } from '@opentelemetry/api';
import type { Session, VangoCtx } from '../internal-types';
import { Attr } from './attributes';
import type { SpanFamily } from './family';
import { formatTraceparent, linkTo } from './traceparent';

/** Trace context of the resume a session last came from; until the first, its connect counts, which the session keeps itself. */
const resumes = new WeakMap<Session, string>();

/** Links to the connect, or the last resume, of a session. */
export function linksToAttachment(session: Session | undefined): Link[] {
  return session === undefined ? [] : linkTo(resumes.get(session) ?? session.traceparent);
}

/** One hello, to the server's hello: a connect, or a resume when it names a session, in this process or the store. */
export const connectSpans: SpanFamily = {
  kind: SpanKind.SERVER,
  nested: false,
  name: ctx => (namesSession(ctx) ? 'vango.resume' : 'vango.connect'),
  links(ctx) {
    const known = ctx.handshake?.known;
    return typeof known === 'object' ? linkTo(known.traceparent) : [];
  },
  startTime: ctx => ctx.handshake?.receivedAt,
  ending(span, { session, handshake }) {
    if (handshake?.status !== undefined) span.setAttribute(Attr.HelloStatus, handshake.status);
    if (handshake?.failure !== undefined) span.setAttribute(Attr.ResumeFailure, handshake.failure);
    if (session === undefined) return;
    span.setAttributes({ [Attr.SessionId]: session.id, [Attr.Session]: session.id });
    const traceparent = whole(formatTraceparent(span.spanContext()));
    if (session.traceparent === undefined) session.traceparent = traceparent;
    else resumes.set(session, traceparent);
  },
};

/** The same text in one piece: else the pieces it was put together from would stay as long as the session. */
function whole(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}

function namesSession({ handshake }: VangoCtx): boolean {
  return handshake !== undefined && handshake.hello.sessionId !== '';
}
