import { pino } from 'pino';
import type { Logger } from 'vango';

/** Lines of JSON on the standard output. */
export const log = pino();

/** The same for the runtime, whose logger takes details behind the message. */
export const runtimeLog: Logger = {
  error: (message, error) => log.error(error, message),
  warn: message => log.warn(message),
  info: message => log.info(message),
};
