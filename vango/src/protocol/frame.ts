import { DecodeError } from './primitives';

/** Frame types (docs/protocol.md, section 3). */
export const FrameType = {
  Handshake: 0,
  Event: 1,
  Patches: 2,
  Control: 3,
  Ack: 4,
  Error: 5,
} as const;
export type FrameType = (typeof FrameType)[keyof typeof FrameType];

/** The largest payload in bytes, since frames have a 16-bit length. */
export const MAX_PAYLOAD = 65_535;
const HEADER = 4;

/** A payload was too large for a frame. */
export class FrameTooLargeError extends Error {
  override name = 'FrameTooLargeError';

  constructor(readonly size: number) {
    super(`A frame payload has ${size} bytes; the limit is ${MAX_PAYLOAD}`);
  }
}

export interface Frame {
  readonly type: number;
  /** Reserved by the protocol. Written as 0, and ignored by both sides. */
  readonly flags: number;
  readonly payload: Uint8Array;
}

/**
 * Encodes a frame.
 *
 * @throws FrameTooLargeError when the payload has more than 65 535 bytes
 */
export function encodeFrame(type: FrameType, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const { length } = payload;
  if (length > MAX_PAYLOAD) throw new FrameTooLargeError(length);
  const frame = new Uint8Array(HEADER + length);
  frame[0] = type;
  frame[2] = length >> 8;
  frame[3] = length & 0xff;
  frame.set(payload, HEADER);
  return frame;
}

/**
 * Decodes the frame at the start of a message. Bytes after it are ignored. The payload is a view of
 * the message, not a copy.
 *
 * @throws DecodeError when the message is shorter than a header, or than its length field says
 */
export function decodeFrame(message: Uint8Array): Frame {
  if (message.length < HEADER)
    throw new DecodeError('truncated', `a message of ${message.length} bytes`);
  const [type = 0, flags = 0, high = 0, low = 0] = message;
  const end = HEADER + high * 256 + low;
  if (end > message.length)
    throw new DecodeError('truncated', `a frame of ${end} bytes in a message of ${message.length}`);
  return { type, flags, payload: message.subarray(HEADER, end) };
}

/**
 * Decodes a frame of the server, which must fill its message (docs/protocol.md, section 3).
 *
 * @throws DecodeError as `decodeFrame()` does, and when bytes follow the frame
 */
export function decodeExactFrame(message: Uint8Array): Frame {
  const frame = decodeFrame(message);
  const rest = message.length - HEADER - frame.payload.length;
  if (rest > 0) throw new DecodeError('invalid', `${rest} bytes after the frame`);
  return frame;
}
