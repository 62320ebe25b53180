import { type Span, type Tracer, trace } from '@opentelemetry/api';
import { Patcher } from '../patcher';
import { safely } from '../safely';
import { isActiveTracer } from '../sdkState';
import { PACKAGE_NAME } from '../version';
import type { FinishedSpan } from './waterfalls';

/** Gets the spans that record. */
export interface SpanListener {
  spanStarted(traceId: string): void;
  spanEnded(span: FinishedSpan): void;
}

/** A span of an SDK, which can be read. */
type SdkSpan = Span & FinishedSpan;

/**
 * Follows all spans of the SDK that is running, of whatever instrumentation, from now on until
 * `stop()`. A span processor would have to be there from the start, beside those of the user, and
 * would cost something while nobody looks.
 */
export class SpanFollower {
  private readonly patcher = new Patcher();

  constructor(private readonly listener: SpanListener) {
    const tracer = trace.getTracerProvider().getTracer(PACKAGE_NAME);
    if (!isActiveTracer(tracer)) return;
    const follower = this;
    this.patcher.wrap(prototypeOf(tracer), 'startSpan', original => {
      return function (this: Tracer, name, options, context) {
        const span = original.call(this, name, options, context);
        if (span.isRecording()) safely('span', 'following a span', () => follower.started(span));
        return span;
      };
    });
  }

  stop(): void {
    this.patcher.restore();
  }

  private started(span: Span): void {
    const follower = this;
    // All spans of an SDK are of one class, which it does not export.
    this.patcher.wrap(prototypeOf(span as SdkSpan), 'end', original => {
      return function (this: SdkSpan, time) {
        const isFirst = this.isRecording();
        original.call(this, time);
        if (isFirst) safely('span', 'following a span', () => follower.listener.spanEnded(this));
      };
    });
    this.listener.spanStarted(span.spanContext().traceId);
  }
}

function prototypeOf<T extends object>(instance: T): T {
  return Object.getPrototypeOf(instance);
}
