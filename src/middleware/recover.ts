import { classifyError } from '../errors/classify';
import { describeFailure } from '../errors/describe';
import { exceptionSignalFrom } from '../errors/exceptionSignal';
import type { UnitOfWork } from '../internal-types';
import { safely } from '../safely';
import { emitFailure } from '../tracing/failureRecord';
import { isObserved } from '../tracing/observer';
import type { VangoMiddleware } from '../types';
import { isUntold, type LoggerOptions, structuredLogger, traceFields } from './logger';

/**
 * Router middleware that handles failures of the middleware and handlers after it. It sends an
 * error frame to the browser (or an error page, for a page render), records the exception on the
 * span or as a log record, and writes a line with the trace and span ids, unless `logger()` has
 * written one. Middleware before it sees a unit of work that completed, with the failure in
 * `ctx.error`.
 *
 * @throws TypeError that names the option at fault, its value and what to give instead
 */
export function recover(options: LoggerOptions = {}): VangoMiddleware {
  const lines = structuredLogger('recover()', options);
  return (ctx, next) => {
    const end = (error: unknown): void => {
      ctx.fail(error);
      safely('hook', 'logging a failure', () => {
        if (!isUntold(ctx)) return undefined;
        const { message, stack } = describeFailure(error);
        const fields = { route: ctx.route, error_type: classifyError(error), stack };
        return lines.error({ ...fields, ...traceFields(ctx) }, `recovered: ${message}`);
      });
      if (isObserved(ctx)) return;
      const isWanted = exceptionSignalFrom(process.env).asRecords;
      safely('span', 'recording a failure', () =>
        emitFailure(ctx as UnitOfWork, error, { isWanted }),
      );
    };
    try {
      const result = next();
      return typeof result?.then === 'function' ? result.then(undefined, end) : result;
    } catch (error) {
      end(error);
    }
  };
}
