import {
  type Context,
  context,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  trace,
} from '@opentelemetry/api';
import { classifyError } from '../errors/classify';
import type { Run } from '../internal-types';
import { safely, type Thrown } from '../safely';
import type { VangoCtx } from '../types';
import { Attr } from './attributes';
import { endSpan, hasEnded, SETTLE_LIMIT, setSpanError } from './observation';
import type { Observer } from './observer';
import { linksToAttachment, rememberRun } from './spans';

type Execute = (run: Run) => Promise<unknown>;

/**
 * Observes one load of a resource or one run of an action. Its span is below the span that started
 * it. Where that has ended, or there is none, it begins a trace, with a link to that span or to the
 * attachment of the session.
 *
 * @param kind - `resource` or `action`
 */
export function observeRun(
  observer: Observer,
  kind: string,
  execute: Execute,
  self: unknown,
  run: Run,
): Promise<unknown> {
  const started = safely('starting a span', () => start(observer, kind, run));
  if (started === undefined) return execute.call(self, run);
  const { span, active } = started;
  const result = context.with(active, execute, self, run);
  const finish = (thrown?: Thrown): void => end(observer, kind, span, run, thrown);
  result.then(
    () => finish(),
    error => finish({ error }),
  );
  // Work that ignores its abort signal may never settle.
  const abandon = (): void => void setTimeout(finish, SETTLE_LIMIT).unref();
  run.signal.addEventListener('abort', abandon, { once: true });
  return result;
}

function start(
  observer: Observer,
  kind: string,
  run: Run,
): { span: Span; active: Context } | undefined {
  const tracer = observer.activeTracer;
  if (tracer === undefined) return undefined;
  const { parent, links } = placeRun(run);
  const { id } = run.session;
  const attributes = { [Attr.VangoSessionId]: id, [Attr.SessionId]: id };
  const options = { kind: SpanKind.INTERNAL, attributes, links };
  const span = tracer.startSpan(`vango.${kind} ${run.name}`, options, parent);
  rememberRun(run, span.spanContext());
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

/** Ends the span of a run. A run that was cancelled has not failed, even if it threw. */
function end(
  observer: Observer,
  kind: string,
  span: Span,
  run: Run,
  thrown: Thrown | undefined,
): void {
  if (hasEnded(span)) return;
  if (thrown !== undefined && !run.signal.aborted) {
    safely('recording a failure', () =>
      setSpanError(span, thrown.error, classifyError(thrown.error)),
    );
  }
  if (span.isRecording()) observer.runSpanEndHook(span, ctxOf(kind, run, thrown));
  endSpan(span);
}

/** Presents a run to hooks as a unit of work, which it is not. */
function ctxOf(kind: string, { session }: Run, thrown: Thrown | undefined): VangoCtx {
  const { route, path } = session;
  return { kind, path, route, session, patchCount: 0, error: thrown?.error, fail() {} };
}
