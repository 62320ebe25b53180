import { pino } from 'pino';
import type { Logger } from 'vango';

/** Writes JSON lines to standard output. */
export const log = pino();

/** The same logger in the form that vango expects: the message first, then the details. */
export const runtimeLog: Logger = {
  error: (message, error) => log.error(error, message),
  warn: message => log.warn(message),
  info: message => log.info(message),
};
