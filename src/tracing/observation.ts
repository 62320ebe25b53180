import { type Context, context, type Span, SpanStatusCode } from '@opentelemetry/api';
import type { ResolvedConfig } from '../config';
import { classifyError } from '../errors/classify';
import type { Session, UnitOfWork } from '../internal-types';
import { reportFailure } from '../messages';
import type { Recorder } from '../metrics/recorder';
import { processState } from '../processState';
import { type Thrown, whenSettled } from '../safely';
import type { VangoCtx } from '../types';
import { operationOf } from './failureRecord';
import { recordFailure } from './recordFailure';
import type { SpanDefinition } from './spans';

/** What observations need of the observer that began them. */
export interface ObservationHost {
  readonly config: ResolvedConfig;
  readonly recorder: Recorder;
  runSpanEndHook(span: Span, ctx: VangoCtx): void;
}

/** What is observed of an operation. */
export interface Aspects {
  /** Whether it counts as a client event. */
  readonly count: boolean;
  /** Whether it has a span, and its failure a record. */
  readonly span: boolean;
}

type Operation<S, R> = (this: S, unit: UnitOfWork) => R;

/**
 * One operation under observation. Its span ends, and it is counted, exactly once, however the
 * operation settles.
 */
export class Observation {
  /** Reading of `performance.now()`. */
  private readonly startedAt: number;
  private readonly route: string;
  private readonly recorder: Recorder;
  /** Context of what is measured while the operation runs. */
  readonly measured: Context;
  private hasEnded = false;
  /** The session that waits for the operation to settle. */
  private pendingIn: Session | undefined = undefined;

  constructor(
    private readonly host: ObservationHost,
    private readonly definition: SpanDefinition,
    private readonly unit: UnitOfWork,
    readonly span: Span | undefined,
    /** Context that the operation runs in; undefined for the caller's. */
    private readonly active: Context | undefined,
    private readonly aspects: Aspects,
  ) {
    // Reading the clock costs more than what vango read already.
    this.startedAt = unit.startedAt || performance.now();
    this.route = unit.route;
    this.recorder = host.recorder;
    this.measured = aspects.span
      ? this.recorder.contextToKeep(active, span)
      : this.recorder.currentContext;
  }

  /** Runs the operation in the context of the span, and returns exactly what it returns. */
  run<S, R extends void | Promise<void>>(operation: Operation<S, R>, self: S): R {
    const { recorder } = this;
    const outer = recorder.measured;
    recorder.measured = this.measured;
    // Context managers bind a function to the `this` that they are given, for each call.
    const call = (): R => operation.call(self, this.unit);
    let result: R;
    try {
      result = this.active === undefined ? call() : context.with(this.active, call);
    } catch (error) {
      this.end({ error });
      throw error;
    } finally {
      recorder.measured = outer;
    }
    if (result === undefined) {
      this.end();
      return result;
    }
    const { session } = this.unit;
    if (session !== undefined) {
      this.pendingIn = session;
      pendingOf(session).add(this);
    }
    whenSettled(result, thrown => this.end(thrown));
    return result;
  }

  /** Ends an observation whose session ended before the operation settled. */
  abandon(): void {
    this.end({ error: new UnsettledError() });
  }

  /** How long the operation took. A clock that a test replaces may go back. */
  private get milliseconds(): number {
    return Math.max(0, (this.unit.handledAt || performance.now()) - this.startedAt);
  }

  private end(thrown?: Thrown): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    const { unit, span } = this;
    if (this.pendingIn !== undefined) settled(this.pendingIn, this);
    const hasFailed = thrown !== undefined || unit.error !== undefined;
    const error = thrown === undefined ? unit.error : thrown.error;
    try {
      const errorType = hasFailed ? classifyError(error) : undefined;
      if (this.aspects.count) {
        const type = unit.event?.type ?? 'Unknown';
        const seconds = this.milliseconds / 1000;
        this.recorder.recordEvent(type, this.route, seconds, errorType, this.measured);
      }
      if (errorType !== undefined && this.aspects.span) {
        const { exceptionSignal } = this.host.config;
        recordFailure(exceptionSignal, { unit, error, errorType, span, context: this.active });
      }
      if (span !== undefined) {
        if (errorType === undefined && this.host.config.statusOk && span.isRecording())
          span.setStatus({ code: SpanStatusCode.OK });
        this.definition.ending?.(span, unit);
        if (span.isRecording()) this.host.runSpanEndHook(span, unit);
      }
      processState().live?.watch?.operationEnded({
        ...{ unit, errorType },
        operation: operationOf(unit),
        milliseconds: this.milliseconds,
        trace: span?.spanContext().traceId,
      });
    } catch (cause) {
      reportFailure('span', 'ending an observation', cause);
    }
    if (span !== undefined) endSpan(span);
  }
}

/** Milliseconds after the end of a session in which its operations may still settle. */
export const SETTLE_LIMIT = 5000;

class UnsettledError extends Error {
  override name = 'UnsettledError';
  readonly code = 'ETIMEDOUT';

  constructor() {
    super(`The session ended, and the operation did not settle within ${SETTLE_LIMIT / 1000} s`);
  }
}

/** Observations of operations that have not settled, by session. */
const pending = new WeakMap<Session, Set<Observation>>();

function pendingOf(session: Session): Set<Observation> {
  let observations = pending.get(session);
  if (observations === undefined) {
    observations = new Set();
    pending.set(session, observations);
  }
  return observations;
}

function settled(session: Session, observation: Observation): void {
  const observations = pending.get(session);
  if (observations?.delete(observation) && observations.size === 0) pending.delete(session);
}

/** Ends the observations of a session that was closed, unless they settle soon. */
export function abandonLater(session: Session): void {
  const unsettled = pending.get(session);
  if (unsettled === undefined || unsettled.size === 0) return;
  setTimeout(() => {
    for (const observation of [...unsettled]) observation.abandon();
  }, SETTLE_LIMIT).unref();
}

const ENDED = Symbol.for('vango.otel.ended');

/** A mark on a span costs less than a set of all spans that have ended. */
type EndableSpan = Span & { [ENDED]?: true };

/** Whether a span of ours has ended. A timer may outlive the span in whose context it was set. */
export function hasEnded(span: Span): boolean {
  return (span as EndableSpan)[ENDED] === true;
}

/** Ends a span and marks it as ended. */
export function endSpan(span: Span): void {
  try {
    (span as EndableSpan)[ENDED] = true;
    span.end();
  } catch (error) {
    reportFailure('span', 'ending a span', error);
  }
}
