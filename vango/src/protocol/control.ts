import { patchList } from './patch';
import { ByteReader, encodeWith } from './primitives';
import { type Codec, str, struct, u8, uvarint } from './struct';

/** Types of control frames (docs/protocol.md, section 8). */
export const ControlType = {
  Ping: 0x01,
  Pong: 0x02,
  ResyncRequest: 0x10,
  ResyncPatches: 0x11,
  ResyncFull: 0x12,
  Close: 0x20,
  HookRevert: 0x30,
  AuthCommand: 0x31,
} as const;
export type ControlType = (typeof ControlType)[keyof typeof ControlType];

/** Reasons of a close (docs/protocol.md, section 8). */
export const CloseReason = {
  Normal: 0,
  GoingAway: 1,
  SessionExpired: 2,
  ServerShutdown: 3,
  Error: 4,
} as const;
export type CloseReason = (typeof CloseReason)[keyof typeof CloseReason];

/**
 * Actions of an AuthCommand (docs/protocol.md, section 8). All others only notify the other tabs.
 */
export const AuthAction = { ForceReload: 1, HardNavigate: 2 } as const;

/** Kept as bytes: client and server differ in byte order, and a pong only echoes them. */
const timestamp = struct({
  timestamp: { read: r => r.raw(8).slice(), write: (w, v) => w.raw(v) } as Codec<Uint8Array>,
});

/** Strings that may be missing at the end. */
const optionalStr: Codec<string> = {
  read: reader => (reader.remaining > 0 ? reader.str() : ''),
  write: (writer, value) => writer.str(value),
};

const BODIES = {
  [ControlType.Ping]: timestamp,
  [ControlType.Pong]: timestamp,
  [ControlType.ResyncRequest]: struct({ lastSeq: uvarint }),
  [ControlType.ResyncPatches]: struct({ fromSeq: uvarint, patches: patchList }),
  [ControlType.ResyncFull]: struct({ html: str }),
  [ControlType.Close]: struct({ reason: u8, message: str }),
  [ControlType.HookRevert]: struct({ hid: str }),
  [ControlType.AuthCommand]: struct({
    action: u8,
    reason: u8,
    path: optionalStr,
    channel: optionalStr,
    message: optionalStr,
  }),
} as const;

type BodyOf<C> = C extends Codec<infer T> ? T : never;

/** The payload of a control frame. Types that the protocol does not define have no body. */
export type Control =
  | { [T in ControlType]: { type: T } & BodyOf<(typeof BODIES)[T]> }[ControlType]
  | { type: 'unknown' };

export function encodeControl(control: Exclude<Control, { type: 'unknown' }>): Uint8Array {
  return encodeWith(writer => {
    writer.u8(control.type);
    (BODIES[control.type] as Codec<object>).write(writer, control);
  });
}

/** @throws DecodeError */
export function decodeControl(payload: Uint8Array): Control {
  const reader = new ByteReader(payload);
  const type = reader.u8() as ControlType;
  const body: Codec<object> | undefined = BODIES[type];
  return body === undefined ? { type: 'unknown' } : ({ type, ...body.read(reader) } as Control);
}
