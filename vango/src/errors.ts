import { ErrorCode } from './protocol';

/** An error the runtime knows how to answer: with an error frame on a live page, with an HTTP status on a page render. */
export class VangoError extends Error {
  override name = 'VangoError';

  /**
   * @param message told to the browser, so without secrets
   * @param status HTTP status, 400 to 599
   * @param code wire code of the error frame (protocol §10)
   */
  constructor(
    message: string,
    readonly status: number,
    readonly code: ErrorCode,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** 401: the user must sign in. */
export class NotAuthorizedError extends VangoError {
  override name = 'NotAuthorizedError';
  constructor(message = 'Not signed in') {
    super(message, 401, ErrorCode.NotAuthorized);
  }
}

/** 403: the user may not do this. */
export class ForbiddenError extends VangoError {
  override name = 'ForbiddenError';
  constructor(message = 'Not allowed') {
    super(message, 403, ErrorCode.NotAuthorized);
  }
}

/** 404: no page or thing has this name. */
export class NotFoundError extends VangoError {
  override name = 'NotFoundError';
  constructor(message: string) {
    super(message, 404, ErrorCode.NotFound);
  }
}

/** 422: what the user entered does not fit. */
export class ValidationError extends VangoError {
  override name = 'ValidationError';
  constructor(message: string) {
    super(message, 422, ErrorCode.Validation);
  }
}

/** An event named an element or type without a handler: the browser's page and the session's tree differ. */
export class HandlerNotFoundError extends VangoError {
  override name = 'HandlerNotFoundError';
  constructor(hid: string, event: string) {
    super(`No handler for ${event} on ${hid}`, 404, ErrorCode.HandlerNotFound);
  }
}

/** An event could not be accepted: its session's queue is full. */
export class QueueFullError extends VangoError {
  override name = 'QueueFullError';
  constructor(limit: number) {
    super(`Too many events: ${limit} are waiting`, 429, ErrorCode.RateLimited);
  }
}

/** A navigation that ended without a page. */
export class RouteError extends VangoError {
  override name = 'RouteError';
  constructor(message: string, options?: ErrorOptions) {
    super(message, 500, ErrorCode.RouteError, options);
  }
}

/** What a browser is told of a failure. */
export interface Answer {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
}

/** Of errors that are not the runtime's own, nothing is told. */
export const UNKNOWN_FAILURE: Answer = {
  status: 500,
  code: ErrorCode.HandlerPanic,
  message: 'The action failed',
};

/** `instanceof` for whatever was thrown: a proxy may throw when it is asked what it is. */
export function isInstance<T>(
  value: unknown,
  type: abstract new (...args: never[]) => T,
): value is T {
  try {
    return value instanceof type;
  } catch {
    return false;
  }
}

/** Characters of a message that a browser is told: with what a client named in it, one could fill more than a frame. */
const MAX_MESSAGE = 1000;

/** What a browser is told of `error`. Never throws: getters of an error may. */
export function answerTo(error: unknown): Answer {
  if (!isInstance(error, VangoError)) return UNKNOWN_FAILURE;
  try {
    const { status, code, message } = error;
    return { status, code, message: String(message).slice(0, MAX_MESSAGE) };
  } catch {
    return UNKNOWN_FAILURE;
  }
}
