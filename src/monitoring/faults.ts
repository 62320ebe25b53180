import type { ErrorType } from '../errors/classify';

/** Types of errors that are a fault of the application, not of its user. */
export const FAULTS: ReadonlyArray<ErrorType | '_other'> = [
  'internal',
  'timeout',
  'unknown',
  'websocket',
  'rate_limit',
  '_other',
];
