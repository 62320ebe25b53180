import { SeverityNumber } from '@opentelemetry/api-logs';
import { check } from '../config';
import { classifyError } from '../errors/classify';
import { describeFailure, type Failure } from '../errors/describe';
import type { UnitOfWork } from '../internal-types';
import { ownLogger, withoutUndefined } from '../logsApi';
import { safely, type Thrown, whenSettled } from '../safely';
import { emitFailure } from '../tracing/failureRecord';
import type { VangoCtx, VangoMiddleware } from '../types';
import { spanFromContext, traceContext } from './context';

/** Where lines go; pino's loggers fit. */
export interface StructuredLogger {
  info(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

/** Options of `logger()`. */
export interface LoggerOptions {
  /** Default: lines of JSON on the console. */
  logger?: StructuredLogger;
}

const toConsole: StructuredLogger = {
  info: (fields, message) => console.log(JSON.stringify({ level: 'info', message, ...fields })),
  error: (fields, message) => console.error(JSON.stringify({ level: 'error', message, ...fields })),
};

const isLogger = (value: unknown): string | undefined => {
  const candidate = value as Partial<StructuredLogger> | null;
  return typeof candidate?.info === 'function' && typeof candidate.error === 'function'
    ? undefined
    : 'an object with the methods info and error, such as a pino logger';
};

/** Checks the option that `logger()` and `recover()` share, and gives the logger. */
export function structuredLogger(owner: string, options: LoggerOptions): StructuredLogger {
  check(owner, options, { logger: isLogger });
  return options.logger ?? toConsole;
}

/**
 * Router middleware that writes a line for each event, with the ids of its trace and span, and
 * emits it as a log record where a logs SDK is set up. The record of an event that failed is the
 * one of its failure.
 *
 * @throws TypeError that names the option at fault, its value and what to give instead
 */
export function logger(options: LoggerOptions = {}): VangoMiddleware {
  const lines = structuredLogger('logger()', options);
  return (ctx, next) => {
    if (ctx.event === undefined) return next();
    const startedAt = performance.now();
    const finish = (thrown?: Thrown): void =>
      safely('hook', 'logging an event', () =>
        write(lines, ctx, performance.now() - startedAt, thrown),
      );
    let result: void | Promise<void>;
    try {
      result = next();
    } catch (error) {
      finish({ error });
      throw error;
    }
    whenSettled(result, finish);
    return result;
  };
}

/** Ids that join a line with its trace. */
export function traceFields(ctx: VangoCtx): Record<string, unknown> {
  const spanContext = spanFromContext(ctx)?.spanContext();
  return spanContext === undefined
    ? {}
    : { trace_id: spanContext.traceId, span_id: spanContext.spanId };
}

const NO_FAILURE: Partial<Failure> = {};

/** Units of work whose failure has its line. */
const told = new WeakSet<VangoCtx>();

/** Whether a failure has no line at error level yet. It has one from now on. */
export function isUntold(ctx: VangoCtx): boolean {
  if (told.has(ctx)) return false;
  told.add(ctx);
  return true;
}

function write(
  lines: StructuredLogger,
  ctx: VangoCtx,
  milliseconds: number,
  thrown?: Thrown,
): void {
  const failed = thrown !== undefined || ctx.error !== undefined;
  const error = thrown === undefined ? ctx.error : thrown.error;
  const fields = {
    event_type: ctx.event?.type,
    route: ctx.route,
    session_id: ctx.session?.id,
    duration_ms: Math.round(milliseconds * 1000) / 1000,
    patch_count: ctx.patchCount,
    status: failed ? 'error' : 'success',
    ...(failed && { error_type: classifyError(error) }),
  };
  const message = `vango.${ctx.event?.type}`;
  // recover() may have written the failure already: one line at error level is enough.
  const isError = failed && isUntold(ctx);
  const { message: text, stack } = isError ? describeFailure(error) : NO_FAILURE;
  const line = { ...fields, error: text, stack, ...traceFields(ctx) };
  safely('hook', 'the logger', () =>
    isError ? lines.error(line, message) : lines.info(line, message),
  );
  const attributes = withoutUndefined(fields);
  if (failed) emitFailure(ctx as UnitOfWork, error, { context: traceContext(ctx), attributes });
  else {
    ownLogger().emit({
      severityNumber: SeverityNumber.INFO,
      severityText: 'INFO',
      body: message,
      attributes,
      context: traceContext(ctx),
    });
  }
}
