import type { ErrorType } from '../errors/classify';

/** Whose fault an error is. A type that is missing does not compile. */
const IS_FAULT: Readonly<Record<ErrorType | '_other', boolean>> = {
  internal: true,
  timeout: true,
  unknown: true,
  websocket: true,
  rate_limit: true,
  _other: true,
  not_found: false,
  unauthorized: false,
  forbidden: false,
  validation: false,
};

/** Types of errors that are a fault of the application, not of its user. */
export const FAULTS = (Object.keys(IS_FAULT) as Array<keyof typeof IS_FAULT>).filter(
  type => IS_FAULT[type],
);
