import { type Context, context, type Span, SpanStatusCode } from '@opentelemetry/api';
import type { ResolvedConfig } from '../config';
import { classifyError } from '../errors/classify';
import { describeFailure } from '../errors/describe';
import type { Session, VangoCtx } from '../internal-types';
import type { Recorder } from '../metrics/recorder';
import { report, safely, whenSettled } from '../safely';
import { Attr } from './attributes';
import type { SpanFamily } from './family';

/** What an observation ends with. */
export interface Ending {
  readonly config: ResolvedConfig;
  readonly recorder: Recorder;
}

type Operation<S> = (this: S, ctx: VangoCtx) => void | Promise<void>;

/**
 * One operation under observation: ends its span, and counts, exactly once, however the operation
 * settles.
 */
export class Observation {
  private readonly startedAt = performance.now();
  private readonly route: string;
  private ended = false;

  constructor(
    private readonly telemetry: Ending,
    private readonly family: SpanFamily,
    private readonly ctx: VangoCtx,
    readonly span: Span | undefined,
    /** What the operation runs in; undefined leaves it where it is. */
    private readonly active: Context | undefined,
    private readonly counted: boolean,
  ) {
    this.route = ctx.route;
  }

  /** Runs the operation in the span's context and gives back just what it gives. */
  run<S>(operation: Operation<S>, self: S): void | Promise<void> {
    let result: void | Promise<void>;
    try {
      result =
        this.active === undefined
          ? operation.call(self, this.ctx)
          : context.with(this.active, operation, self, this.ctx);
    } catch (error) {
      this.end(error, true);
      throw error;
    }
    if (result === undefined) {
      this.end();
      return result;
    }
    if (this.ctx.session !== undefined) underWayOf(this.ctx.session).add(this);
    whenSettled(result, thrown => this.end(thrown?.error, thrown !== undefined));
    return result;
  }

  /** Ends what its session did not live to see settle. */
  abandon(): void {
    this.end(new UnsettledError(), true);
  }

  private runHook(span: Span): void {
    const { eventHook } = this.telemetry.config;
    if (eventHook !== undefined) safely('the eventHook', () => eventHook(span, this.ctx));
  }

  private end(thrown?: unknown, hasThrown = false): void {
    if (this.ended) return;
    this.ended = true;
    const { ctx, span } = this;
    if (ctx.session !== undefined) forget(ctx.session, this);
    const failed = hasThrown || ctx.error !== undefined;
    const error = hasThrown ? thrown : ctx.error;
    try {
      const errorType = failed ? classifyError(error) : undefined;
      if (this.counted) {
        // A clock that a test replaces may go back; a histogram would leave the event out.
        const seconds = Math.max(0, performance.now() - this.startedAt) / 1000;
        this.telemetry.recorder.recordEvent(ctx.event?.type ?? 'Unknown', this.route, seconds, errorType);
      }
      if (span?.isRecording()) {
        if (errorType !== undefined) fail(span, error, errorType);
        else if (this.telemetry.config.statusOk) span.setStatus({ code: SpanStatusCode.OK });
        this.runHook(span);
      }
      if (span !== undefined) this.family.ending?.(span, ctx);
    } catch (cause) {
      report('ending an observation', cause);
    }
    if (span !== undefined) endSpan(span);
  }
}

/** Milliseconds after the end of a session in which what it was doing may still settle. */
export const SETTLE_LIMIT = 5000;

class UnsettledError extends Error {
  override name = 'UnsettledError';
  readonly code = 'ETIMEDOUT';

  constructor() {
    super(`The session ended, and what it was doing did not settle within ${SETTLE_LIMIT / 1000} s`);
  }
}

/** Operations that have not settled, by session. */
const underWay = new WeakMap<Session, Set<Observation>>();

function underWayOf(session: Session): Set<Observation> {
  const known = underWay.get(session);
  if (known !== undefined) return known;
  const made = new Set<Observation>();
  underWay.set(session, made);
  return made;
}

function forget(session: Session, observation: Observation): void {
  const known = underWay.get(session);
  if (known?.delete(observation) && known.size === 0) underWay.delete(session);
}

/** A session ended: what it was doing ends, too, if it does not settle. */
export function sessionEnded(session: Session): void {
  const unsettled = underWay.get(session);
  if (unsettled === undefined || unsettled.size === 0) return;
  setTimeout(() => {
    for (const observation of [...unsettled]) observation.abandon();
  }, SETTLE_LIMIT).unref();
}

const ENDED = Symbol.for('vango.otel.ended');

/** A span of ours; a mark on it costs less than a set of all that have ended. */
type Marked = Span & { [ENDED]?: true };

/** Whether a span is one of ours and over: a timer set below it is no part of it. */
export function hasEnded(span: Span): boolean {
  return (span as Marked)[ENDED] === true;
}

/** Ends a span, and remembers that. */
export function endSpan(span: Span): void {
  try {
    (span as Marked)[ENDED] = true;
    span.end();
  } catch (error) {
    report('ending a span', error);
  }
}

/** Marks a span as failed. */
export function fail(span: Span, error: unknown, errorType: string): void {
  const failure = describeFailure(error);
  span.recordException(failure);
  span.setStatus({ code: SpanStatusCode.ERROR, message: failure.message });
  span.setAttribute(Attr.ErrorType, errorType);
}
