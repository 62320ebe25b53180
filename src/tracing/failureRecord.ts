import type { Context } from '@opentelemetry/api';
import { type LogAttributes, SeverityNumber } from '@opentelemetry/api-logs';
import {
  ATTR_EXCEPTION_MESSAGE,
  ATTR_EXCEPTION_STACKTRACE,
  ATTR_EXCEPTION_TYPE,
} from '@opentelemetry/semantic-conventions';
import { classifyError } from '../errors/classify';
import { describeFailure } from '../errors/describe';
import { EXCEPTION_SIGNAL_VARIABLE } from '../errors/exceptionSignal';
import type { Session, UnitOfWork } from '../internal-types';
import { ownLogger, withoutUndefined } from '../logsApi';
import { warnOnce } from '../messages';
import { Attr } from './attributes';

const RECORDED = Symbol.for('vango.otel.recorded');

/** A mark on a unit of work whose failure has its record, by whichever observer came first. */
interface RecordedUnit {
  [RECORDED]?: boolean;
}

/** Failures of resumes that have their record. The connect around a resume fails with it. */
const resumeFailures = new WeakMap<Session, unknown>();

/** What is known of a failure besides its error. */
export interface FailureDetails {
  /** Context of the span that the failure belongs to. Default: the active one. */
  readonly context?: Context | undefined;
  /** Whether the user asked for records, and is told when no SDK takes them. */
  readonly isWanted?: boolean;
  /** Further attributes. */
  readonly attributes?: LogAttributes | undefined;
}

/**
 * Emits the failure of a unit of work as a log record, if a logs SDK takes it. A unit of work has
 * one record, however many observers see its failure.
 */
export function emitFailure(unit: UnitOfWork, error: unknown, details: FailureDetails = {}): void {
  if (isRecorded(unit, error)) return;
  const kind = {
    eventName: `vango.${operationOf(unit)}.exception`,
    severityNumber: SeverityNumber.ERROR,
    ...(details.context !== undefined && { context: details.context }),
  };
  const logger = ownLogger();
  if (!logger.enabled(kind)) {
    if (details.isWanted === true) {
      warnOnce(
        EXCEPTION_SIGNAL_VARIABLE,
        `${EXCEPTION_SIGNAL_VARIABLE} asks for exceptions as log records, but no logs SDK takes ` +
          'them; set OTEL_LOGS_EXPORTER, or give the SDK logRecordProcessors',
      );
    }
    return;
  }
  markRecorded(unit, error);
  const failure = describeFailure(error);
  const { name, code, message, stack } = failure;
  const attributes: LogAttributes = {
    ...details.attributes,
    [ATTR_EXCEPTION_TYPE]: code === undefined ? name : String(code),
    [ATTR_EXCEPTION_MESSAGE]: message,
    [ATTR_EXCEPTION_STACKTRACE]: stack,
    [Attr.HttpRoute]: unit.route,
    [Attr.EventType]: unit.event?.type,
    [Attr.SessionId]: sessionOf(unit)?.id,
    [Attr.ErrorType]: classifyError(error),
  };
  logger.emit({
    ...kind,
    severityText: 'ERROR',
    body: message,
    attributes: withoutUndefined(attributes),
    // The description, since reading the error itself may throw. The SDK cannot use one without a
    // name and a message, and says so each time.
    ...((name !== undefined || message !== '') && { exception: failure }),
  });
}

/** The operation that a unit of work is, as the span of the instrumentation names it. */
export function operationOf({ event, work, handshake, kind }: UnitOfWork): string {
  // A handler or dispatched work may have navigated: the kind says so then.
  if (event !== undefined) return 'event';
  if (work !== undefined) return 'dispatch';
  if (handshake !== undefined) return handshake.hello.sessionId === '' ? 'connect' : 'resume';
  return kind;
}

/** A resume that failed has no session any more, but knows the one it was for. */
function sessionOf({ session, handshake }: UnitOfWork): Session | undefined {
  const known = handshake?.known;
  return session ?? (typeof known === 'object' ? known : undefined);
}

function isRecorded(unit: UnitOfWork, error: unknown): boolean {
  if ((unit as RecordedUnit)[RECORDED] === true) return true;
  const known = unit.handshake?.known;
  return (
    typeof known === 'object' && resumeFailures.has(known) && resumeFailures.get(known) === error
  );
}

function markRecorded(unit: UnitOfWork, error: unknown): void {
  (unit as RecordedUnit)[RECORDED] = true;
  if (unit.kind === 'resume' && unit.session !== undefined) resumeFailures.set(unit.session, error);
}
