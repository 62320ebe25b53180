import { ByteReader, encodeWith } from './primitives';
import { struct, uvarint } from './struct';

const ack = struct({ lastSeq: uvarint, window: uvarint });

/** The client applied all patch frames up to `lastSeq` (docs/protocol.md, section 9). */
export type Ack = ReturnType<typeof ack.read>;

export function encodeAck(value: Ack): Uint8Array {
  return encodeWith(writer => ack.write(writer, value));
}

/** @throws DecodeError */
export function decodeAck(payload: Uint8Array): Ack {
  return ack.read(new ByteReader(payload));
}
