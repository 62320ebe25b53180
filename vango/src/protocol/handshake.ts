import { ByteReader, encodeWith } from './primitives';
import { i16, str, struct, time, u8, u16, u32 } from './struct';

/** Outcome of a hello (docs/protocol.md, section 4.2). */
export const HelloStatus = {
  OK: 0,
  VersionMismatch: 1,
  InvalidCSRF: 2,
  SessionExpired: 3,
  ServerBusy: 4,
  UpgradeRequired: 5,
  InvalidFormat: 6,
  NotAuthorized: 7,
  InternalError: 8,
  LimitExceeded: 9,
} as const;
export type HelloStatus = (typeof HelloStatus)[keyof typeof HelloStatus];

const clientHello = struct({
  major: u8,
  minor: u8,
  csrf: str,
  /** The id of the session to resume; empty for a new one. */
  sessionId: str,
  lastSeq: u32,
  viewportWidth: u16,
  viewportHeight: u16,
  /** Minutes east of UTC. */
  timezoneOffset: i16,
});

const serverHello = struct({
  status: u8,
  sessionId: str,
  nextSeq: u32,
  serverTime: time,
  flags: u16,
});

export type ClientHello = ReturnType<typeof clientHello.read>;
/**
 * `serverTime` is in milliseconds since the epoch; `authReason` is present on some refusals only.
 */
export type ServerHello = ReturnType<typeof serverHello.read> & { authReason?: number };

export function encodeClientHello(hello: ClientHello): Uint8Array {
  return encodeWith(writer => clientHello.write(writer, hello));
}

/** @throws DecodeError */
export function decodeClientHello(payload: Uint8Array): ClientHello {
  return clientHello.read(new ByteReader(payload));
}

export function encodeServerHello(hello: ServerHello): Uint8Array {
  return encodeWith(writer => {
    serverHello.write(writer, hello);
    if (hello.authReason !== undefined) writer.u8(hello.authReason);
  });
}

/** @throws DecodeError */
export function decodeServerHello(payload: Uint8Array): ServerHello {
  const reader = new ByteReader(payload);
  const hello: ServerHello = serverHello.read(reader);
  if (reader.remaining > 0) hello.authReason = reader.u8();
  return hello;
}
