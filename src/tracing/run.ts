import { type Context, context, ROOT_CONTEXT, type Span, SpanKind, trace } from '@opentelemetry/api';
import { classifyError } from '../errors/classify';
import type { Run } from '../internal-types';
import { safely } from '../safely';
import type { Telemetry } from '../telemetry';
import { Attr } from './attributes';
import { fail } from './observation';
import { parseTraceparent } from './traceparent';

type Execute = (run: Run) => Promise<unknown>;

/**
 * Observes one load of a resource or run of an action: below the span that started it, else a trace of its own, linked to the connect of its session.
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
    () => safely('ending a span', () => span.end()),
    error => safely('ending a span', () => end(span, run, error)),
  );
  return result;
}

function start(telemetry: Telemetry, kind: string, run: Run): { span: Span; active: Context } | undefined {
  const tracer = telemetry.activeTracer;
  if (tracer === undefined) return undefined;
  const current = context.active();
  const hasParent = trace.getSpan(current) !== undefined;
  const parent = hasParent ? current : ROOT_CONTEXT;
  const connect = hasParent ? undefined : parseTraceparent(run.session.traceparent);
  const span = tracer.startSpan(
    `vango.${kind} ${run.name}`,
    {
      kind: SpanKind.INTERNAL,
      attributes: { [Attr.SessionId]: run.session.id, [Attr.Session]: run.session.id },
      links: connect === undefined ? [] : [{ context: connect }],
    },
    parent,
  );
  return { span, active: trace.setSpan(parent, span) };
}

/** A cancelled run is no failure: nobody waits for it any more. */
function end(span: Span, run: Run, error: unknown): void {
  if (!run.signal.aborted) fail(span, error, classifyError(error));
  span.end();
}
