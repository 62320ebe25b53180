import { check } from '../config';
import { classifyError } from '../errors/classify';
import { messageOf } from '../errors/describe';
import { type LogEmitter, logsApi } from '../logsApi';
import { safely, type Thrown, whenSettled } from '../safely';
import type { VangoCtx, VangoMiddleware } from '../types';
import { PACKAGE_NAME, PACKAGE_VERSION } from '../version';
import { spanFromContext } from './context';

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
 * emits it as a log record where a logs SDK is set up.
 *
 * @throws TypeError that names the option at fault, its value and what to give instead
 */
export function logger(options: LoggerOptions = {}): VangoMiddleware {
  const lines = structuredLogger('logger()', options);
  return (ctx, next) => {
    if (ctx.event === undefined) return next();
    const startedAt = performance.now();
    const finish = (thrown?: Thrown): void =>
      safely('logging an event', () => write(lines, ctx, performance.now() - startedAt, thrown));
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

function write(
  lines: StructuredLogger,
  ctx: VangoCtx,
  milliseconds: number,
  thrown?: Thrown,
): void {
  const failed = thrown !== undefined || ctx.error !== undefined;
  const error = thrown === undefined ? ctx.error : thrown.error;
  const fields: Record<string, unknown> = {
    event_type: ctx.event?.type,
    route: ctx.route,
    session_id: ctx.session?.id,
    duration_ms: Math.round(milliseconds * 1000) / 1000,
    patch_count: ctx.patchCount,
    status: failed ? 'error' : 'success',
    ...(failed && {
      error_type: classifyError(error),
      error: messageOf(error),
    }),
    ...traceFields(ctx),
  };
  const message = `vango.${ctx.event?.type}`;
  safely('the logger', () => (failed ? lines.error(fields, message) : lines.info(fields, message)));
  emitter().emit({
    severityNumber: failed ? 17 : 9,
    severityText: failed ? 'ERROR' : 'INFO',
    body: message,
    attributes: Object.fromEntries(
      Object.entries(fields).filter(
        ([name, value]) => value !== undefined && !TRACE_FIELDS.has(name),
      ),
    ),
  });
}

/** A log record carries these by itself. */
const TRACE_FIELDS = new Set(['trace_id', 'span_id']);

/** Gets a logger for each record, because a logs SDK may be set up later. */
function emitter(): LogEmitter {
  return logsApi().getLogger(PACKAGE_NAME, PACKAGE_VERSION);
}
