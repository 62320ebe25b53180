import { createHash } from 'node:crypto';
import {
  type Context,
  createContextKey,
  createTraceState,
  INVALID_SPAN_CONTEXT,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import type { Session, UnitOfWork } from '../internal-types';
import { parseTraceparent } from '../tracing/traceparent';
import { randomnessOf } from './otEntry';

/** Whether the connect of a session was kept. All copies of this package share the key. */
const IS_KEPT = createContextKey('vango.otel.is_session_kept');

/** What was decided on the session of a root, if that is known. */
export function decisionOf(context: Context): boolean | undefined {
  const kept = context.getValue(IS_KEPT);
  return typeof kept === 'boolean' ? kept : undefined;
}

/** The session that a unit of work belongs to, or that its hello names. */
export function sessionOf({ session, handshake }: UnitOfWork): Session | undefined {
  const known = handshake?.known;
  return session ?? (typeof known === 'object' ? known : undefined);
}

/**
 * A context in which a span becomes a root whose randomness is that of the session's connect, so
 * that samplers decide alike on all roots of the session. The specification lets users of the API
 * give a root its first tracestate; the span context that carries it is invalid, and so no parent.
 */
export function inSession(base: Context, { id, traceparent }: Session): Context {
  const connect = parseTraceparent(traceparent);
  // A session whose connect had no span: the hash, since an id allows to resume its session.
  const randomness = randomnessOf(
    connect?.traceId ?? createHash('sha256').update(id).digest('hex'),
  );
  const carrier = { ...INVALID_SPAN_CONTEXT, traceState: createTraceState(`ot=rv:${randomness}`) };
  const root = trace.setSpanContext(base, carrier);
  return connect === undefined
    ? root
    : root.setValue(IS_KEPT, connect.traceFlags === TraceFlags.SAMPLED);
}
