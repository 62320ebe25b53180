import { isPromise } from './maybePromise';

/** The part of a logger that the runtime uses; `console` fits. */
export interface Logger {
  error(message: string, ...details: unknown[]): void;
  warn(message: string, ...details: unknown[]): void;
  info(message: string, ...details: unknown[]): void;
}

const UNSHOWN = '(its details cannot be shown)';

/** Wraps a logger so that it never throws. Logged values can have getters that throw. */
export function guardLogger(logger: Logger): Logger {
  const guard = (method: keyof Logger): Logger['error'] => {
    return (message, ...details) => {
      if (attempt(() => logger[method](message, ...details))) return;
      if (details.length > 0) attempt(() => logger[method](`${message} ${UNSHOWN}`));
    };
  };
  return { error: guard('error'), warn: guard('warn'), info: guard('info') };
}

/** Runs `run`, and returns whether it did not throw. A later rejection is ignored. */
function attempt(run: () => unknown): boolean {
  try {
    const result = run();
    if (isPromise(result)) result.then(undefined, () => {});
    return true;
  } catch {
    return false;
  }
}
