import {
  type Context,
  context,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  trace,
} from '@opentelemetry/api';
import { classifyError } from '../errors/classify';
import type { Run } from '../internal-types';
import { safely } from '../safely';
import type { Telemetry } from '../telemetry';
import { Attr } from './attributes';
import { linksToAttachment } from './connect';
import { endSpan, fail, hasEnded, SETTLE_LIMIT } from './observation';

const runs = new WeakMap<object, SpanContext>();

/** Trace context of a run's span, if it has one. */
export function spanContextOfRun(run: object | undefined): SpanContext | undefined {
  return run === undefined ? undefined : runs.get(run);
}

type Execute = (run: Run) => Promise<unknown>;

/**
 * Observes one load of a resource or run of an action: below the span that started it, else a trace of its own, linked to the span whose timer did, or to the attachment of
 * its session.
 */
export function observeRun(
  telemetry: Telemetry,
  kind: string,
  execute: Execute,
  self: unknown,
  run: Run,
): Promise<unknown> {
  const started = safely('starting a span', () => start(telemetry, kind, run));
  if (started === undefined) return execute.call(self, run);
  const { span, active } = started;
  const result = context.with(active, execute, self, run);
  result.then(
    () => end(span, run),
    error => end(span, run, { error }),
  );
  // Work that does not heed its signal may never settle.
  run.signal.addEventListener('abort', () => void setTimeout(end, SETTLE_LIMIT, span, run).unref(), {
    once: true,
  });
  return result;
}

function start(telemetry: Telemetry, kind: string, run: Run): { span: Span; active: Context } | undefined {
  const tracer = telemetry.activeTracer;
  if (tracer === undefined) return undefined;
  const { parent, links } = placeRun(run);
  const span = tracer.startSpan(
    `vango.${kind} ${run.name}`,
    {
      kind: SpanKind.INTERNAL,
      attributes: { [Attr.SessionId]: run.session.id, [Attr.Session]: run.session.id },
      links,
    },
    parent,
  );
  runs.set(run, span.spanContext());
  return { span, active: trace.setSpan(parent, span) };
}

function placeRun({ session }: Run): { parent: Context; links: Link[] } {
  const active = context.active();
  const starter = trace.getSpan(active);
  if (starter === undefined) return { parent: ROOT_CONTEXT, links: linksToAttachment(session) };
  return hasEnded(starter)
    ? { parent: ROOT_CONTEXT, links: [{ context: starter.spanContext() }] }
    : { parent: active, links: [] };
}

/** A cancelled run is no failure: nobody waits for it any more. */
function end(span: Span, run: Run, failure?: { error: unknown }): void {
  if (hasEnded(span)) return;
  if (failure !== undefined && !run.signal.aborted)
    safely('marking a span as failed', () => fail(span, failure.error, classifyError(failure.error)));
  endSpan(span);
}
