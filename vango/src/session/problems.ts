import type { Logger } from '../logger';

/** Messages remembered, so that what users send cannot fill the memory. */
const MAX_MESSAGES = 1000;
const logged = new WeakMap<Logger, Set<string>>();

/** Logs a problem of a component once, not at each render. */
export function logOnce(logger: Logger, message: string): void {
  const messages = logged.get(logger) ?? new Set();
  logged.set(logger, messages);
  if (messages.has(message) || messages.size === MAX_MESSAGES) return;
  messages.add(message);
  logger.error(message);
}
