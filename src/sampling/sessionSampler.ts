import {
  type Context,
  isSpanContextValid,
  type Sampler,
  SamplingDecision,
  type SamplingResult,
  type SpanContext,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { show } from '../messages';
import { isKept, randomnessOf, readOtEntry, withOtEntry } from './otEntry';
import { decisionOf } from './sessionRoot';

/** Significant digits of a threshold, as the specification recommends. */
const PRECISION = 4;
/** Digits that a number holds exactly. */
const MAX_DIGITS = 12;

/** What to give as the share of sessions. */
export const RATIO_REMEDY = 'a number from 0 to 1';

/** Whether a value is a share of sessions. */
export function isRatio(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

/**
 * A sampler that keeps or drops the sessions of vango as a whole. It keeps this share of them, and
 * of all other traces. Spans with a parent follow their parent. Use it with the option
 * `sessionSampling` of `VangoInstrumentation`.
 *
 * It is a consistent probability sampler: what it keeps carries its probability in the tracestate
 * (`ot=th:`), for backends and for the samplers of other services.
 *
 * @param ratio - share of the sessions to keep, 0 to 1
 * @throws TypeError for any other value
 */
export function sessionSampler(ratio: number): Sampler {
  if (!isRatio(ratio))
    throw new TypeError(`sessionSampler(): the ratio is ${show(ratio)}; give ${RATIO_REMEDY}`);
  return new SessionSampler(ratio);
}

class SessionSampler implements Sampler {
  /** Undefined to keep nothing, for which there is no threshold. */
  private readonly threshold: string | undefined;

  constructor(private readonly ratio: number) {
    this.threshold = ratio === 0 ? undefined : thresholdOf(ratio);
  }

  shouldSample(context: Context, traceId: string): SamplingResult {
    const parent = trace.getSpanContext(context);
    return parent !== undefined && isSpanContextValid(parent)
      ? followParent(parent, traceId)
      : this.decide(context, parent, traceId);
  }

  toString(): string {
    return `SessionSampler{${this.ratio}}`;
  }

  /** Decides on a root. One of a session shares the decision for the connect of the session. */
  private decide(
    context: Context,
    carrier: SpanContext | undefined,
    traceId: string,
  ): SamplingResult {
    const entry = readOtEntry(carrier?.traceState);
    const { threshold } = this;
    const isChosen =
      threshold !== undefined && isKept(entry.randomness ?? randomnessOf(traceId), threshold);
    const kept = decisionOf(context) ?? isChosen;
    if (!kept) return { decision: SamplingDecision.NOT_RECORD, traceState: carrier?.traceState };
    // Where another sampler decided on the session, the probability is not known.
    return {
      decision: SamplingDecision.RECORD_AND_SAMPLED,
      traceState: withOtEntry(carrier?.traceState, {
        ...entry,
        threshold: isChosen ? threshold : undefined,
      }),
    };
  }
}

/** Decides as the parent was decided. A threshold that contradicts the decision is erased. */
function followParent({ traceFlags, traceState }: SpanContext, traceId: string): SamplingResult {
  const isSampled = (traceFlags & TraceFlags.SAMPLED) !== 0;
  const entry = readOtEntry(traceState);
  const isConsistent =
    entry.threshold === undefined ||
    isKept(entry.randomness ?? randomnessOf(traceId), entry.threshold) === isSampled;
  return {
    decision: isSampled ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD,
    traceState: isConsistent
      ? traceState
      : withOtEntry(traceState, { ...entry, threshold: undefined }),
  };
}

/** The share of traces to reject, rounded, as hexadecimal digits of a fraction. */
function thresholdOf(ratio: number): string {
  // Each leading `f` says nothing of a small ratio.
  const leading = Math.floor(-(Math.floor(Math.log2(ratio)) + 1) / 4);
  const digits = Math.min(MAX_DIGITS, PRECISION + leading);
  const scale = 16 ** digits;
  const rejected = Math.min(Math.round((1 - ratio) * scale), scale - 1);
  return rejected.toString(16).padStart(digits, '0').replace(/0+$/, '') || '0';
}
