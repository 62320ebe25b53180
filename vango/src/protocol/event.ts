import {
  type ByteReader,
  type ByteWriter,
  DecodeError,
  encodeWith,
  ByteReader as Reader,
} from './primitives';
import { bool, byteString, type Codec, f64, list, pair, str, struct, svarint, u8 } from './struct';

const MAX_HOOK_DEPTH = 64;

const key = struct({ key: str, code: str, modifiers: u8, repeat: bool, location: u8 });
const mouse = struct({
  clientX: svarint,
  clientY: svarint,
  pageX: svarint,
  pageY: svarint,
  offsetX: svarint,
  offsetY: svarint,
  button: u8,
  buttons: u8,
  modifiers: u8,
});
const wheel = struct({
  deltaX: f64,
  deltaY: f64,
  deltaZ: f64,
  deltaMode: u8,
  clientX: svarint,
  clientY: svarint,
  modifiers: u8,
});
const touchPoint = struct({
  id: svarint,
  clientX: svarint,
  clientY: svarint,
  pageX: svarint,
  pageY: svarint,
});
const touch = struct({
  touches: list(touchPoint),
  targetTouches: list(touchPoint),
  changedTouches: list(touchPoint),
});
const drag = struct({
  clientX: svarint,
  clientY: svarint,
  pageX: svarint,
  pageY: svarint,
  modifiers: u8,
});
const scroll = struct({ top: svarint, left: svarint });
const resize = struct({ width: svarint, height: svarint });
/** Elapsed seconds of an animation or transition. */
const animation = struct({ name: str, elapsed: f64, pseudoElement: str });
const navigate = struct({ path: str, replace: bool });
const custom = struct({ name: str, data: byteString });
const fields = list(pair(str, str));

/** A value that a browser hook sends. */
export type HookValue =
  | null
  | boolean
  | number
  | string
  | HookValue[]
  | { [key: string]: HookValue };

const HookTag = { Null: 0, Bool: 1, Int: 2, Float: 3, String: 4, Array: 5, Object: 6 } as const;

function readHookValue(reader: ByteReader, depth: number): HookValue {
  if (depth > MAX_HOOK_DEPTH)
    throw new DecodeError('too_large', `hook data is nested deeper than ${MAX_HOOK_DEPTH} levels`);
  const tag = reader.u8();
  switch (tag) {
    case HookTag.Null:
      return null;
    case HookTag.Bool:
      return reader.bool();
    case HookTag.Int:
      return reader.svarint();
    case HookTag.Float:
      // The only little-endian field of the protocol, since browsers write it this way
      // (docs/protocol.md, section 14).
      return reader.f64(true);
    case HookTag.String:
      return reader.str();
    case HookTag.Array: {
      const count = reader.count();
      const values: HookValue[] = [];
      for (let i = 0; i < count; i++) values.push(readHookValue(reader, depth + 1));
      return values;
    }
    case HookTag.Object:
      return readHookMap(reader, depth + 1);
    default:
      throw new DecodeError('invalid', `hook value of kind ${tag}`);
  }
}

function readHookMap(reader: ByteReader, depth: number): Record<string, HookValue> {
  const count = reader.count();
  const map: Record<string, HookValue> = Object.create(null);
  for (let i = 0; i < count; i++) {
    const name = reader.str();
    map[name] = readHookValue(reader, depth);
  }
  return map;
}

function writeHookValue(writer: ByteWriter, value: unknown): void {
  if (typeof value === 'boolean') {
    writer.u8(HookTag.Bool);
    writer.bool(value);
  } else if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) {
      writer.u8(HookTag.Int);
      writer.svarint(value);
    } else {
      writer.u8(HookTag.Float);
      writer.f64(value, true);
    }
  } else if (typeof value === 'string') {
    writer.u8(HookTag.String);
    writer.str(value);
  } else if (Array.isArray(value)) {
    writer.u8(HookTag.Array);
    writer.uvarint(value.length);
    for (const entry of value) writeHookValue(writer, entry);
  } else if (typeof value === 'object' && value !== null) {
    writer.u8(HookTag.Object);
    writeHookMap(writer, value as Record<string, unknown>);
  } else {
    writer.u8(HookTag.Null);
  }
}

function writeHookMap(writer: ByteWriter, map: Record<string, unknown>): void {
  const entries = Object.entries(map);
  writer.uvarint(entries.length);
  for (const [name, value] of entries) {
    writer.str(name);
    writeHookValue(writer, value);
  }
}

const hook: Codec<{ name: string; data: Record<string, HookValue> }> = {
  read: reader => ({ name: reader.str(), data: readHookMap(reader, 0) }),
  write(writer, value) {
    writer.str(value.name);
    writeHookMap(writer, value.data);
  },
};

/** The payloads of events. Modifiers are bits: 1 Ctrl, 2 Shift, 4 Alt, 8 Meta. */
export type KeyData = ReturnType<typeof key.read>;
export type MouseData = ReturnType<typeof mouse.read>;
export type WheelData = ReturnType<typeof wheel.read>;
export type TouchData = ReturnType<typeof touch.read>;
export type DragData = ReturnType<typeof drag.read>;
export type ScrollData = ReturnType<typeof scroll.read>;
export type ResizeData = ReturnType<typeof resize.read>;
export type AnimationData = ReturnType<typeof animation.read>;
export type HookData = ReturnType<typeof hook.read>;
export type NavigateData = ReturnType<typeof navigate.read>;
export type CustomData = ReturnType<typeof custom.read>;

/**
 * All event types: wire code and payload (docs/protocol.md, section 5). The DOM name is the
 * lower-case one.
 */
const EVENTS = {
  Click: { code: 0x01, payload: undefined },
  DblClick: { code: 0x02, payload: undefined },
  MouseDown: { code: 0x03, payload: mouse },
  MouseUp: { code: 0x04, payload: mouse },
  MouseMove: { code: 0x05, payload: mouse },
  MouseEnter: { code: 0x06, payload: undefined },
  MouseLeave: { code: 0x07, payload: undefined },
  Wheel: { code: 0x08, payload: wheel },
  Input: { code: 0x10, payload: str },
  Change: { code: 0x11, payload: str },
  Submit: { code: 0x12, payload: fields },
  Focus: { code: 0x13, payload: undefined },
  Blur: { code: 0x14, payload: undefined },
  KeyDown: { code: 0x20, payload: key },
  KeyUp: { code: 0x21, payload: key },
  KeyPress: { code: 0x22, payload: key },
  Scroll: { code: 0x30, payload: scroll },
  Resize: { code: 0x31, payload: resize },
  TouchStart: { code: 0x40, payload: touch },
  TouchMove: { code: 0x41, payload: touch },
  TouchEnd: { code: 0x42, payload: touch },
  DragStart: { code: 0x50, payload: drag },
  DragEnd: { code: 0x51, payload: drag },
  Drop: { code: 0x52, payload: drag },
  AnimationStart: { code: 0x53, payload: animation },
  AnimationEnd: { code: 0x54, payload: animation },
  AnimationIteration: { code: 0x55, payload: animation },
  AnimationCancel: { code: 0x56, payload: animation },
  TransitionStart: { code: 0x57, payload: animation },
  TransitionEnd: { code: 0x58, payload: animation },
  TransitionRun: { code: 0x59, payload: animation },
  TransitionCancel: { code: 0x5a, payload: animation },
  Hook: { code: 0x60, payload: hook },
  Navigate: { code: 0x70, payload: navigate },
  Custom: { code: 0xff, payload: custom },
} as const;

type Events = typeof EVENTS;
export type EventName = keyof Events;
type DataOf<N extends EventName> = Events[N]['payload'] extends Codec<infer T> ? T : undefined;

/**
 * One event from a browser. `seq` counts from 1 on each page load. `traceparent` is the W3C trace
 * context, which traced pages send.
 */
export type ClientEvent =
  | {
      [N in EventName]: {
        seq: number;
        type: N;
        hid: string;
        data: DataOf<N>;
        traceparent?: string;
      };
    }[EventName]
  | { seq: number; type: 'Unknown'; hid: string; data: undefined; traceparent?: string };

interface EventType {
  readonly name: ClientEvent['type'];
  readonly code: number;
  /** Name of the DOM event and of the handler. */
  readonly dom: string;
  readonly payload: Codec<unknown> | undefined;
}

const UNKNOWN: EventType = { name: 'Unknown', code: -1, dom: 'unknown', payload: undefined };

/** Event types by name; `Unknown` stands for codes that the protocol does not define. */
export const EVENT_TYPES: Readonly<Record<ClientEvent['type'], EventType>> = Object.fromEntries([
  ...Object.entries(EVENTS).map(([name, { code, payload }]) => [
    name,
    { name, code, dom: name.toLowerCase(), payload } as EventType,
  ]),
  ['Unknown', UNKNOWN],
]);

const BY_CODE: EventType[] = [];
for (const type of Object.values(EVENT_TYPES)) if (type.code >= 0) BY_CODE[type.code] = type;

const TRACEPARENT_LENGTH = 55;

export function encodeEvent(event: ClientEvent): Uint8Array {
  const { code, payload } = EVENT_TYPES[event.type];
  return encodeWith(writer => {
    writer.uvarint(event.seq);
    writer.u8(code);
    writer.str(event.hid);
    payload?.write(writer, event.data);
    if (event.traceparent !== undefined) writer.str(event.traceparent);
  });
}

/**
 * Decodes an event. A string of 55 bytes after the payload is a trace context, which traced pages
 * append. Any other bytes are ignored.
 *
 * @throws DecodeError when the payload does not follow the protocol
 */
export function decodeEvent(payload: Uint8Array): ClientEvent {
  const reader = new Reader(payload);
  const seq = reader.uvarint();
  const type = BY_CODE[reader.u8()] ?? UNKNOWN;
  const hid = reader.str();
  const data = type.payload?.read(reader);
  const event = { seq, type: type.name, hid, data } as ClientEvent;
  if (
    type !== UNKNOWN &&
    reader.remaining === TRACEPARENT_LENGTH + 1 &&
    reader.u8() === TRACEPARENT_LENGTH
  ) {
    event.traceparent = String.fromCharCode(...reader.raw(TRACEPARENT_LENGTH));
  }
  return event;
}
