import { type Context, type Link, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { UnitOfWork } from '../internal-types';
import { sessionOf } from '../sampling/sessionRoot';
import type { ClientContextTrust } from '../types';
import { parseTraceparent } from './traceparent';

/** Where a client's trace context puts a span: below it, or beside it with a link. */
export interface Placement {
  readonly parent?: Context;
  readonly link?: Link;
}

/**
 * Resolves the trace context that came with a unit of work. A context that this app gave to the
 * page becomes the parent; for any other, the configuration decides.
 *
 * @returns undefined when there is no context to use
 */
export function resolveParent(unit: UnitOfWork, trust: ClientContextTrust): Placement | undefined {
  const policy = unit.isTraceparentGenuine === true ? 'parent' : trust;
  const sent = policy === 'ignore' ? undefined : parseTraceparent(unit.traceparent);
  if (sent === undefined) return undefined;
  return policy === 'link'
    ? { link: { context: sent } }
    : { parent: trace.setSpanContext(ROOT_CONTEXT, sent) };
}

/**
 * Turns the parent of a resume into a link where it is of another trace than the connect of the
 * session, such as that of a page that was loaded again: samplers decided on it without regard to
 * the session.
 */
export function keepInSession(
  placement: Placement | undefined,
  unit: UnitOfWork,
): Placement | undefined {
  if (placement?.parent === undefined || unit.handshake === undefined) return placement;
  const connect = parseTraceparent(sessionOf(unit)?.traceparent);
  const sent = trace.getSpanContext(placement.parent);
  if (connect === undefined || sent === undefined || connect.traceId === sent.traceId)
    return placement;
  return { link: { context: sent } };
}
