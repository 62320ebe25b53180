import type { Logger } from '../logger';

/** Messages kept, so that what comes from users cannot fill the memory. */
const MAX_TOLD = 1000;
const told = new WeakMap<Logger, Set<string>>();

/** Logs what is wrong with what a component renders: once, not at each render. */
export function tellOnce(logger: Logger, message: string): void {
  const messages = told.get(logger) ?? new Set();
  told.set(logger, messages);
  if (messages.has(message) || messages.size === MAX_TOLD) return;
  messages.add(message);
  logger.error(message);
}
