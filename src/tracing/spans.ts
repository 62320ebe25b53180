import {
  type Attributes,
  context,
  isSpanContextValid,
  type Link,
  type Span,
  type SpanContext,
  SpanKind,
  trace,
} from '@opentelemetry/api';
import type { Session, UnitOfWork, Work } from '../internal-types';
import { EVENT_TYPES } from '../metrics/catalogue';
import { Attr } from './attributes';
import { formatTraceparent, linkTo } from './traceparent';

/** How the spans of one operation are named, placed and ended. */
export interface SpanDefinition {
  readonly kind: SpanKind;
  /**
   * Whether the span is a child of the active span. Others begin a trace or continue a client's.
   */
  readonly nested: boolean;
  /** One of a closed set of names. */
  name(unit: UnitOfWork): string;
  links?(unit: UnitOfWork): Link[];
  /** Attributes that are known at the start, beside those of all spans. */
  attributes?(unit: UnitOfWork): Attributes;
  /** Reading of `performance.now()` when the operation began, if that was before now. */
  startTime?(unit: UnitOfWork): number | undefined;
  /** Called after the span has started, before the operation runs. */
  started?(span: Span, unit: UnitOfWork): void;
  /** Sets the last attributes, before the span ends. */
  ending?(span: Span, unit: UnitOfWork): void;
}

const NAMES: ReadonlyMap<string, string> = new Map(
  EVENT_TYPES.map(type => [type, `vango.${type}`]),
);

/** Trace context of the last resume of a session. Its connect is kept by the session itself. */
const resumes = new WeakMap<Session, string>();

/** Span that dispatched a piece of work. */
const causes = new WeakMap<Work, SpanContext>();

/** Span of a load of a resource or a run of an action. */
const runs = new WeakMap<object, SpanContext>();

/** One client event: a trace of its own, linked to the connect or resume of its session. */
export const eventSpans: SpanDefinition = {
  kind: SpanKind.SERVER,
  nested: false,
  name: unit => NAMES.get(unit.event?.type ?? 'Unknown') ?? 'vango.Unknown',
  links: unit => linksToAttachment(unit.session),
  started: askForCauses,
  ending(span, unit) {
    if (!span.isRecording()) return;
    setOutcome(span, unit);
    const { queueTime, renderTime, handler } = unit;
    if (queueTime !== undefined) span.setAttribute(Attr.QueueTime, queueTime);
    if (renderTime !== undefined) span.setAttribute(Attr.RenderTime, renderTime);
    if (handler === undefined) return;
    span.setAttribute(Attr.Component, handler.component);
    span.setAttribute(Attr.FunctionName, handler.name);
  },
};

/** Work that no client event caused: a trace of its own, linked to what dispatched it. */
export const workSpans: SpanDefinition = {
  kind: SpanKind.INTERNAL,
  nested: false,
  name: () => 'vango.dispatch',
  links(unit) {
    const cause = unit.work && causes.get(unit.work);
    return cause === undefined ? [] : [{ context: cause }];
  },
  started: askForCauses,
  ending: setOutcome,
};

/** One page render, below the span of its HTTP request. The page carries its trace context. */
export const pageSpans: SpanDefinition = {
  kind: SpanKind.INTERNAL,
  nested: true,
  name: () => 'vango.ssr',
  started(span, unit) {
    const spanContext = span.spanContext();
    if (isSpanContextValid(spanContext)) unit.traceparent = formatTraceparent(spanContext);
  },
};

/** From a hello to the hello of the server: a connect, or a resume when it names a session. */
export const connectSpans: SpanDefinition = {
  kind: SpanKind.SERVER,
  nested: false,
  name: unit => (namesSession(unit) ? 'vango.resume' : 'vango.connect'),
  links(unit) {
    const known = unit.handshake?.known;
    return typeof known === 'object' ? linkTo(known.traceparent) : [];
  },
  attributes({ request }) {
    const attributes: Attributes = { [Attr.ProtocolName]: 'websocket' };
    const agent = request?.headers['user-agent'];
    if (agent !== undefined) attributes[Attr.UserAgent] = agent;
    return attributes;
  },
  startTime: unit => unit.handshake?.receivedAt,
  ending(span, { session, handshake }) {
    if (handshake?.status !== undefined) span.setAttribute(Attr.HelloStatus, handshake.status);
    if (handshake?.failure !== undefined) span.setAttribute(Attr.ResumeFailure, handshake.failure);
    if (session === undefined) return;
    span.setAttributes({ [Attr.VangoSessionId]: session.id, [Attr.SessionId]: session.id });
    const traceparent = textOf(span.spanContext());
    session.traceparent ??= traceparent;
    if (session.traceparent !== traceparent) resumes.set(session, traceparent);
  },
};

/** The first render of a page on a session, below its connect. */
export const mountSpans: SpanDefinition = {
  kind: SpanKind.INTERNAL,
  nested: true,
  name: () => 'vango.mount',
  started(_, { session }) {
    const connect = trace.getSpanContext(context.active());
    // At once: what the page dispatches while it renders shares the decision on the connect.
    if (session !== undefined && connect !== undefined) session.traceparent ??= textOf(connect);
  },
};

/** What a middleware observes besides client events: a page render, a mount or a resume. */
export const routeSpans: SpanDefinition = {
  kind: SpanKind.INTERNAL,
  nested: true,
  name: unit => `vango ${unit.route}`,
};

/** Links to the connect of a session, or to its last resume. */
export function linksToAttachment(session: Session | undefined): Link[] {
  return session === undefined ? [] : linkTo(resumes.get(session) ?? session.traceparent);
}

/**
 * Remembers the span that dispatches a piece of work: the span of the run whose result it applies,
 * or the active one.
 */
export function rememberCause(work: Work): void {
  const run = work.cause === undefined ? undefined : runs.get(work.cause);
  const cause = run ?? trace.getSpanContext(context.active());
  if (cause !== undefined && isSpanContextValid(cause)) causes.set(work, cause);
}

/** Remembers the span of a load or a run, for the work that applies its result. */
export function rememberRun(run: object, spanContext: SpanContext): void {
  runs.set(run, spanContext);
}

/** Causes of renders cost something, so only spans that record ask for them. */
function askForCauses(span: Span, unit: UnitOfWork): void {
  if (span.isRecording()) unit.renderCauses = [];
}

function setOutcome(span: Span, { patchCount, patchBytes, renderCauses }: UnitOfWork): void {
  span.setAttribute(Attr.PatchCount, patchCount);
  if (patchBytes !== undefined) span.setAttribute(Attr.PatchBytes, patchBytes);
  if (renderCauses !== undefined && renderCauses.length > 0)
    span.setAttribute(Attr.RenderCause, renderCauses);
}

/**
 * The trace context as a session keeps it: a copy, since a text that was put together from parts
 * keeps these alive.
 */
function textOf(spanContext: SpanContext): string {
  return Buffer.from(formatTraceparent(spanContext), 'latin1').toString('latin1');
}

function namesSession({ handshake }: UnitOfWork): boolean {
  return handshake !== undefined && handshake.hello.sessionId !== '';
}
