import { ByteReader, encodeWith } from './primitives';

/** Codes of error frames (docs/protocol.md, section 10). */
export const ErrorCode = {
  Unknown: 0x0000,
  InvalidFrame: 0x0001,
  InvalidEvent: 0x0002,
  HandlerNotFound: 0x0003,
  HandlerPanic: 0x0004,
  SessionExpired: 0x0005,
  RateLimited: 0x0006,
  ServerError: 0x0100,
  NotAuthorized: 0x0101,
  NotFound: 0x0102,
  Validation: 0x0103,
  RouteError: 0x0104,
} as const;
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

export interface WireError {
  readonly code: number;
  readonly message: string;
  /** Whether the client must not reconnect. */
  readonly fatal: boolean;
}

export function encodeError(error: WireError): Uint8Array {
  return encodeWith(writer => {
    writer.u16(error.code);
    writer.str(error.message);
    writer.bool(error.fatal);
  });
}

/**
 * A missing `fatal` byte reads as false, as browsers do.
 *
 * @throws DecodeError
 */
export function decodeError(payload: Uint8Array): WireError {
  const reader = new ByteReader(payload);
  return {
    code: reader.u16(),
    message: reader.str(),
    fatal: reader.remaining > 0 && reader.bool(),
  };
}
