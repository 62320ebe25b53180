import { type Context, type Span, SpanStatusCode } from '@opentelemetry/api';
import type { LogAttributes } from '@opentelemetry/api-logs';
import { describeFailure } from '../errors/describe';
import type { ExceptionSignal } from '../errors/exceptionSignal';
import type { UnitOfWork } from '../internal-types';
import { processState } from '../processState';
import { safely } from '../safely';
import { Attr } from './attributes';
import { emitFailure, operationOf } from './failureRecord';

/** Why an operation failed, and the span it has, if any. */
export interface ObservedFailure {
  readonly unit: UnitOfWork;
  readonly error: unknown;
  readonly errorType: string;
  readonly span: Span | undefined;
  readonly context: Context | undefined;
  /** Attributes of its log record besides those that all have. */
  readonly attributes?: LogAttributes;
}

/**
 * Records the failure of an operation on its span and as a log record, as the environment asks. A
 * failure that no span takes is a log record in any case.
 */
export function recordFailure(signal: ExceptionSignal, failure: ObservedFailure): void {
  const { unit, error, errorType, span, context, attributes } = failure;
  noteForLiveViews(failure);
  const isRecording = span?.isRecording() === true;
  if (isRecording) setSpanError(span, error, errorType, signal);
  if (isRecording && !signal.asRecords) return;
  safely('span', 'recording a failure', () =>
    emitFailure(unit, error, { context, isWanted: signal.asRecords, attributes }),
  );
}

function noteForLiveViews({ unit, error, errorType, span }: ObservedFailure): void {
  const { live, includeUserId } = processState();
  if (live === undefined) return;
  const operation = operationOf(unit);
  const trace = span?.spanContext().traceId;
  const user = includeUserId ? unit.user?.id : undefined;
  safely('span', 'noting a failure', () =>
    live.failures.add({ unit, operation, error, errorType, trace, user }),
  );
}

function setSpanError(
  span: Span,
  error: unknown,
  errorType: string,
  { onSpans }: ExceptionSignal,
): void {
  const failure = describeFailure(error);
  if (onSpans) span.recordException(failure);
  span.setStatus({ code: SpanStatusCode.ERROR, message: failure.message });
  span.setAttribute(Attr.ErrorType, errorType);
}
