import { ErrorCode } from './protocol';

/**
 * An error that has an answer of its own: an error frame on a live page, an HTTP status on a page
 * render.
 */
export class VangoError extends Error {
  override name = 'VangoError';

  /**
   * @param message - is sent to the browser, so it must hold no secrets
   * @param status - HTTP status, 400 to 599
   * @param code - wire code of the error frame (docs/protocol.md, section 10)
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

/** Status 401: the user must sign in. */
export class NotAuthorizedError extends VangoError {
  override name = 'NotAuthorizedError';
  constructor(message = 'Not signed in') {
    super(message, 401, ErrorCode.NotAuthorized);
  }
}

/** Status 403: the user may not do this. */
export class ForbiddenError extends VangoError {
  override name = 'ForbiddenError';
  constructor(message = 'Not allowed') {
    super(message, 403, ErrorCode.NotAuthorized);
  }
}

/** Status 404: there is no page or thing of this name. */
export class NotFoundError extends VangoError {
  override name = 'NotFoundError';
  constructor(message: string) {
    super(message, 404, ErrorCode.NotFound);
  }
}

/** Status 422: the input of the user is invalid. */
export class ValidationError extends VangoError {
  override name = 'ValidationError';
  constructor(message: string) {
    super(message, 422, ErrorCode.Validation);
  }
}

/**
 * An event for an element or type that has no handler: the page of the browser and the tree of the
 * session differ.
 */
export class HandlerNotFoundError extends VangoError {
  override name = 'HandlerNotFoundError';
  constructor(hid: string, event: string) {
    super(`No handler for ${event} on ${hid}`, 404, ErrorCode.HandlerNotFound);
  }
}

/** An event was refused, since the queue of its session is full. */
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

/** The answer to a failure, as the browser gets it. */
export interface Answer {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
}

/** The answer to all other errors: it says nothing about them. */
export const UNKNOWN_FAILURE: Answer = {
  status: 500,
  code: ErrorCode.HandlerPanic,
  message: 'The action failed',
};

/** Like `instanceof`, for any thrown value. A proxy may throw when it is asked for its type. */
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

/**
 * Characters of a message that browsers get. A client could make a longer one fill more than a
 * frame.
 */
const MAX_MESSAGE = 1000;

/** The answer to a failure. Never throws, even if getters of the error do. */
export function answerTo(error: unknown): Answer {
  if (!isInstance(error, VangoError)) return UNKNOWN_FAILURE;
  try {
    const { status, code, message } = error;
    return { status, code, message: String(message).slice(0, MAX_MESSAGE) };
  } catch {
    return UNKNOWN_FAILURE;
  }
}
