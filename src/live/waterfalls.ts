import type { HrTime, SpanContext } from '@opentelemetry/api';
import { Ring } from './ring';
import { cutName } from './text';
import type { Slow, SlowList, SlowRow, SpanRow, Stages } from './wire';

/** Milliseconds from which an event is slow: what it shows no longer feels immediate. */
const SLOW = 100;
const MAX_SLOW = 100;
/** Traces under way at most. */
const MAX_TRACES = 2000;
/** Spans of one trace that are kept, and those that are followed at once. */
const MAX_SPANS = 100;

/** What `LiveViewSpanProcessor` reads of a span of any SDK, 2.x or 3.x. */
export interface FinishedSpan {
  readonly name: string;
  readonly startTime: HrTime;
  readonly duration: HrTime;
  readonly parentSpanContext?: { readonly spanId: string } | undefined;
  readonly status: { readonly code: number };
  readonly instrumentationScope?: { readonly name: string } | undefined;
  spanContext(): Pick<SpanContext, 'traceId' | 'spanId'>;
}

/** An event that was handled, as it is known without its spans. */
export interface HandledEvent extends Omit<SlowRow, 'milliseconds'> {
  readonly stages: Stages;
  readonly milliseconds: number;
}

/** The spans of one trace, and the event that it is of. */
interface Trace {
  /** Empty for the one event of a trace whose spans are not followed. */
  readonly id: string;
  /**
   * Ids of spans that have not ended. Of one that began before somebody looked, or that a second
   * processor tells of, there is nothing to end.
   */
  readonly open: Set<string>;
  readonly spans: SpanRow[];
  event: HandledEvent | undefined;
  isSlow: boolean;
}

const ERROR = 2;

/** Collects the spans of events, and keeps those of slow ones. */
export class Waterfalls {
  private readonly traces = new Map<string, Trace>();
  private readonly slow = new Ring<Trace>(MAX_SLOW);

  spanStarted({ traceId, spanId }: Pick<SpanContext, 'traceId' | 'spanId'>): void {
    let trace = this.traces.get(traceId);
    if (trace === undefined) {
      trace = newTrace(traceId);
      this.traces.set(traceId, trace);
      if (this.traces.size > MAX_TRACES) this.traces.delete(this.traces.keys().next().value ?? '');
    }
    if (trace.open.size < MAX_SPANS) trace.open.add(spanId);
  }

  spanEnded(span: FinishedSpan): void {
    const { traceId, spanId } = span.spanContext();
    const trace = this.traces.get(traceId);
    if (trace?.open.delete(spanId) !== true) return;
    if (trace.spans.length < MAX_SPANS) trace.spans.push(rowOf(span));
    this.judge(trace);
  }

  /** Whether an event may be one to show: it is slow, or what it started may be. */
  mayTake(trace: string | undefined, milliseconds: number): boolean {
    return milliseconds >= SLOW || (trace !== undefined && this.traces.has(trace));
  }

  /** @param event - one whose span, if it has one, has not ended */
  handled(event: HandledEvent): void {
    const known = event.trace === undefined ? undefined : this.traces.get(event.trace);
    // Several events of a trace that a client began are rows of their own.
    const trace = known === undefined || known.event !== undefined ? newTrace('') : known;
    trace.event = event;
    this.judge(trace);
  }

  /** Slow events, the last one first, and the one with this id in full. */
  list(id: string): SlowList {
    const all = [...this.slow].reverse().flatMap(trace => slowOf(trace) ?? []);
    return {
      rows: all.map(({ stages: _, spans: __, ...row }) => row),
      chosen: all.find(event => event.id === id),
    };
  }

  private judge(trace: Trace): void {
    const { event } = trace;
    if (event !== undefined && !trace.isSlow && lengthOf(trace, event) >= SLOW) {
      trace.isSlow = true;
      this.slow.push(trace);
    }
    if (trace.open.size === 0) this.traces.delete(trace.id);
  }
}

function newTrace(id: string): Trace {
  return { id, open: new Set(), spans: [], event: undefined, isSlow: false };
}

function slowOf(trace: Trace): Slow | undefined {
  const { event } = trace;
  if (event === undefined) return undefined;
  const spans = [...trace.spans].sort((a, b) => a.at - b.at);
  return { ...event, milliseconds: lengthOf(trace, event), spans };
}

/** From the receipt of the event to its own end, or to the end of its last span. */
function lengthOf({ spans }: Trace, event: HandledEvent): number {
  return spans.reduce(
    (length, span) => Math.max(length, span.at + span.milliseconds - event.at),
    event.milliseconds,
  );
}

function rowOf(span: FinishedSpan): SpanRow {
  return {
    id: span.spanContext().spanId,
    parent: span.parentSpanContext?.spanId,
    name: cutName(span.name),
    scope: cutName(span.instrumentationScope?.name ?? ''),
    at: millisecondsOf(span.startTime),
    milliseconds: millisecondsOf(span.duration),
    isError: span.status.code === ERROR,
  };
}

function millisecondsOf([seconds, nanoseconds]: HrTime): number {
  return seconds * 1000 + nanoseconds / 1e6;
}
