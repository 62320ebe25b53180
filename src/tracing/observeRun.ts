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
import type { Run, UnitOfWork } from '../internal-types';
import { processState } from '../processState';
import { safely, type Thrown } from '../safely';
import { Attr } from './attributes';
import { endSpan, hasEnded, SETTLE_LIMIT } from './observation';
import type { Observer } from './observer';
import { recordFailure } from './recordFailure';
import { linksToAttachment, rememberRun } from './spans';

/** What a run is of. */
export type RunKind = 'resource' | 'action';

type Execute = (run: Run) => Promise<unknown>;

/**
 * Observes one load of a resource or one run of an action. Its span is below the span that started
 * it. Where that has ended, or there is none, it begins a trace, with a link to that span or to the
 * attachment of the session.
 */
export function observeRun(
  observer: Observer,
  kind: RunKind,
  execute: Execute,
  self: unknown,
  run: Run,
): Promise<unknown> {
  const { span, active } =
    safely('span', 'starting a span', () => start(observer, kind, run)) ?? NO_SPAN;
  const result =
    active === undefined ? execute.call(self, run) : context.with(active, execute, self, run);
  const observed: ObservedRun = { observer, kind, run, span, active, hasEnded: false };
  result.then(
    () => end(observed),
    error => end(observed, { error }),
  );
  // Work that ignores its abort signal may never settle.
  const abandon = (): void => void setTimeout(end, SETTLE_LIMIT, observed).unref();
  if (span !== undefined) run.signal.addEventListener('abort', abandon, { once: true });
  return result;
}

interface StartedSpan {
  readonly span: Span | undefined;
  /** Context that the run runs in; undefined for the caller's. */
  readonly active: Context | undefined;
}

interface ObservedRun extends StartedSpan {
  readonly observer: Observer;
  readonly kind: RunKind;
  readonly run: Run;
  hasEnded: boolean;
}

const NO_SPAN: StartedSpan = { span: undefined, active: undefined };

function start(observer: Observer, kind: RunKind, run: Run): StartedSpan {
  const tracer = observer.activeTracer;
  if (tracer === undefined) return NO_SPAN;
  const { base, links } = placeRun(run);
  const { id } = run.session;
  const attributes = { [Attr.VangoSessionId]: id, [Attr.SessionId]: id };
  const options = { kind: SpanKind.INTERNAL, attributes, links };
  const parent = observer.rootFor(run.session, base);
  const name = observer.recorder.boundedName(kind, run.name);
  const span = tracer.startSpan(`vango.${kind} ${name}`, options, parent);
  rememberRun(run, span.spanContext());
  return { span, active: trace.setSpan(base, span) };
}

function placeRun({ session }: Run): { base: Context; links: Link[] } {
  const active = context.active();
  const starter = trace.getSpan(active);
  if (starter === undefined) return { base: ROOT_CONTEXT, links: linksToAttachment(session) };
  return hasEnded(starter)
    ? { base: ROOT_CONTEXT, links: [{ context: starter.spanContext() }] }
    : { base: active, links: [] };
}

/** Ends the span of a run. A run that was cancelled has not failed, even if it threw. */
function end(observed: ObservedRun, thrown?: Thrown): void {
  if (observed.hasEnded) return;
  observed.hasEnded = true;
  const { observer, kind, run, span, active } = observed;
  const unit = unitOf(kind, run, thrown);
  noteForLiveViews(observed, thrown);
  if (thrown !== undefined && !run.signal.aborted) {
    const { error } = thrown;
    safely('span', 'recording a failure', () =>
      recordFailure(observer.config.exceptionSignal, {
        ...{ unit, error, span, context: active },
        errorType: classifyError(error),
        attributes: { [`vango.${kind}`]: run.name },
      }),
    );
  }
  if (span === undefined) return;
  if (span.isRecording()) observer.runSpanEndHook(span, unit);
  endSpan(span);
}

function noteForLiveViews({ kind, run }: ObservedRun, thrown?: Thrown): void {
  const watch = processState().live?.watch;
  if (watch === undefined) return;
  safely('span', 'noting a run', () =>
    watch.runEnded({
      ...{ kind, name: run.name, session: run.session },
      milliseconds: run.elapsed ?? 0,
      errorType:
        thrown === undefined || run.signal.aborted ? undefined : classifyError(thrown.error),
    }),
  );
}

/** Presents a run to hooks as a unit of work, which it is not. */
function unitOf(kind: RunKind, { session }: Run, thrown: Thrown | undefined): UnitOfWork {
  const { route, path } = session;
  return { kind, path, route, session, patchCount: 0, error: thrown?.error, fail() {} };
}
