import { expect } from 'chai';
import {
  ByteReader,
  ByteWriter,
  type ClientEvent,
  type Control,
  ControlType,
  DecodeError,
  decodeAck,
  decodeClientHello,
  decodeControl,
  decodeError,
  decodeEvent,
  decodeExactFrame,
  decodeFrame,
  decodePatches,
  decodeServerHello,
  EVENT_TYPES,
  encodeAck,
  encodeClientHello,
  encodeControl,
  encodeError,
  encodeEvent,
  encodeFrame,
  encodePatches,
  encodeServerHello,
  FrameType,
  type Patch,
  PatchOp,
  type WireNode,
} from '../../src/protocol';
import { bytes, counts, hex, type Vector, vectors } from './vectors';

function write(fill: (writer: ByteWriter) => void): string {
  const writer = new ByteWriter();
  fill(writer);
  return hex(writer.finish());
}

const reader = (vector: Vector): ByteReader => new ByteReader(bytes(vector.bytesHex));

/** The wire's float of hooks is little-endian; this vector is the form that browsers never send. */
const BIG_ENDIAN_HOOK = 'event/hook/float-big-endian';

/** Our event as the vectors describe one. */
function described({ seq, type, hid, data }: ClientEvent): unknown {
  return {
    hid,
    payload: payloadOf(type, data),
    seq,
    ...(type !== 'Unknown' && { type: EVENT_TYPES[type].code }),
    typeName: type,
  };
}

// biome-ignore lint/suspicious/noExplicitAny: payloads of all types pass here.
function payloadOf(type: string, data: any): unknown {
  if (data === undefined) return null;
  if (type === 'Submit') return { fields: Object.fromEntries(data) };
  if (type === 'Scroll') return { scrollTop: data.top, scrollLeft: data.left };
  if (type === 'Custom') return { name: data.name, dataHex: hex(data.data) };
  if (type.startsWith('Animation') || type.startsWith('Transition')) {
    const name = type.startsWith('Animation') ? 'animationName' : 'propertyName';
    return { [name]: data.name, elapsedTime: data.elapsed, pseudoElement: data.pseudoElement };
  }
  if (type === 'Hook') return { name: data.name, data: plain(data.data) };
  // The vectors give drag events in the form of mouse events.
  if (type.startsWith('Drag') || type === 'Drop')
    return { ...data, offsetX: 0, offsetY: 0, button: 0, buttons: 0 };
  return data;
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function patchOf({
  op,
  hid,
  value,
  key,
  bool,
  parentId,
  index,
  node,
  params,
  path,
  x,
  y,
  behavior,
}: Record<string, never>): Patch {
  switch (op) {
    case PatchOp.InsertNode:
      return { op, hid, parent: parentId, index, node: nodeOf(node) };
    case PatchOp.MoveNode:
      return { op, hid, parent: parentId, index };
    case PatchOp.ReplaceNode:
      return { op, hid, node: nodeOf(node) };
    case PatchOp.SetChecked:
    case PatchOp.SetSelected:
      return { op, hid, value: bool };
    case PatchOp.Dispatch:
      return { op, hid, name: key, detail: value };
    case PatchOp.ScrollTo:
      return { op, hid, x, y, behavior };
    case PatchOp.URLPush:
    case PatchOp.URLReplace:
      return { op, hid, params };
    case PatchOp.NavPush:
    case PatchOp.NavReplace:
      return { op, hid, path };
    default:
      return JSON.parse(JSON.stringify({ op, hid, key, value }));
  }
}

// biome-ignore lint/suspicious/noExplicitAny: vector input.
function nodeOf(node: any): WireNode {
  if (node.kind === 2) return { kind: 'text', text: node.text };
  const children = node.children.map(nodeOf);
  if (node.kind === 3) return { kind: 'fragment', children };
  return { kind: 'element', tag: node.tag, hid: node.hid, attrs: node.attrs, children };
}

// biome-ignore lint/suspicious/noExplicitAny: vector input.
function controlOf(input: any, body: Uint8Array): Control {
  const {
    type,
    lastSeq,
    fromSeq,
    patches,
    html,
    reason,
    message,
    hid,
    action,
    path,
    channel,
    msgType,
  } = input;
  const bodies: Record<number, object> = {
    [ControlType.Ping]: { timestamp: body.slice(1) },
    [ControlType.Pong]: { timestamp: body.slice(1) },
    [ControlType.ResyncRequest]: { lastSeq },
    [ControlType.ResyncPatches]: { fromSeq, patches: patches?.map(patchOf) },
    [ControlType.ResyncFull]: { html },
    [ControlType.Close]: { reason, message },
    [ControlType.HookRevert]: { hid },
    [ControlType.AuthCommand]: { action, reason, path, channel, message: msgType },
  };
  return { type, ...bodies[type] } as Control;
}

/** Forms that readers take and writers, ours included, do not write. */
const NOT_CANONICAL = /wraps|trailing-bytes|nonminimal|bool-2|byte-2|float-big-endian/;

/** Kinds the wire has and a server must never send: neither side of ours takes them. */
const FORBIDDEN_NODES = /null-root|null-child|raw-kind5|component-kind4/;

const checks: Record<string, (vector: Vector) => void> = {
  uvarint(vector) {
    const value = BigInt(vector.input);
    expect(reader(vector).uvarint64()).to.equal(value);
    expect(write(w => w.uvarint64(value))).to.equal(vector.bytesHex);
    if (value <= BigInt(Number.MAX_SAFE_INTEGER)) {
      expect(reader(vector).uvarint()).to.equal(Number(value));
      expect(write(w => w.uvarint(Number(value)))).to.equal(vector.bytesHex);
    } else {
      expect(() => reader(vector).uvarint()).to.throw(DecodeError, 'too_large');
    }
  },
  svarint(vector) {
    expect(reader(vector).svarint()).to.equal(Number(vector.input));
    if (Number.isSafeInteger(Number(vector.input))) {
      expect(write(w => w.svarint(Number(vector.input)))).to.equal(vector.bytesHex);
    }
  },
  string(vector) {
    const decoded = reader(vector).str();
    if (vector.clientDecode !== undefined) expect(decoded).to.equal(vector.clientDecode);
    if (vector.input !== undefined)
      expect(write(w => w.str(vector.input))).to.equal(vector.bytesHex);
  },
  float64(vector) {
    const littleEndian = vector.name.includes('/le/');
    expect(reader(vector).f64(littleEndian)).to.equal(vector.input);
    expect(write(w => w.f64(vector.input, littleEndian))).to.equal(vector.bytesHex);
  },
  event(vector) {
    const payload = bytes(vector.bytesHex);
    if (vector.serverAccepts === false) {
      expect(() => decodeEvent(payload)).to.throw(DecodeError);
      return;
    }
    const event = decodeEvent(payload);
    if (vector.name === BIG_ENDIAN_HOOK) {
      expect((event.data as unknown as { data: { x: number } }).data.x).to.be.closeTo(
        3.139e-319,
        1e-321,
      );
    } else {
      const { type, ...decoded } = vector.decoded;
      expect(described(event)).to.deep.equal(
        event.type === 'Unknown' ? decoded : { ...decoded, type },
      );
    }
    if (event.type !== 'Unknown' && !NOT_CANONICAL.test(vector.name))
      expect(hex(encodeEvent(event))).to.equal(vector.bytesHex);
  },
  patches(vector) {
    const payload = bytes(vector.bytesHex);
    if (FORBIDDEN_NODES.test(vector.name)) {
      expect(() => decodePatches(payload)).to.throw(DecodeError, 'invalid');
      return;
    }
    if (vector.input === undefined) {
      // The vector describes browsers, which take only 1 for true. This codec, like the reference
      // server, takes any byte except 0.
      expect(decodePatches(payload).seq).to.equal(vector.clientDecoded.seq);
      expect(
        decodePatches(payload).patches.map(({ op, hid }) => ({ type: op, hid })),
      ).to.deep.equal(
        vector.clientDecoded.patches.map(({ type, hid }: { type: number; hid: string }) => ({
          type,
          hid,
        })),
      );
      return;
    }
    const { seq } = vector.input;
    const patches = vector.input.patches.map(patchOf);
    expect(plain(decodePatches(payload))).to.deep.equal(plain({ seq, patches }));
    if (!NOT_CANONICAL.test(vector.name))
      expect(hex(encodePatches(seq, patches))).to.equal(vector.bytesHex);
  },
  clientHello(vector) {
    const { type, payload } = decodeFrame(bytes(vector.bytesHex));
    expect(type).to.equal(FrameType.Handshake);
    const hello = decodeClientHello(payload);
    const { decoded } = vector;
    expect(hello).to.deep.equal({
      ...{ major: decoded.version.major, minor: decoded.version.minor },
      ...{ csrf: decoded.csrfToken, sessionId: decoded.sessionId, lastSeq: decoded.lastSeq },
      ...{
        viewportWidth: decoded.viewportW,
        viewportHeight: decoded.viewportH,
        timezoneOffset: decoded.tzOffset,
      },
    });
    expect(hex(encodeFrame(FrameType.Handshake, encodeClientHello(hello)))).to.equal(
      vector.bytesHex,
    );
  },
  serverHello(vector) {
    const { payload } = decodeFrame(bytes(vector.bytesHex));
    const hello = decodeServerHello(payload);
    const { status, sessionId, nextSeq, serverTime, flags, authReason } = vector.input;
    const expected = { status, sessionId, nextSeq, serverTime: Number(serverTime), flags };
    expect(hello).to.deep.equal(authReason === undefined ? expected : { ...expected, authReason });
    if (Number.isSafeInteger(hello.serverTime)) {
      expect(hex(encodeFrame(FrameType.Handshake, encodeServerHello(hello)))).to.equal(
        vector.bytesHex,
      );
    }
  },
  control(vector) {
    const payload = bytes(vector.bytesHex);
    const control = decodeControl(payload);
    if (EVENT_LIKE_UNKNOWN.test(vector.name)) {
      expect(control).to.deep.equal({ type: 'unknown' });
      return;
    }
    expect(plain(control)).to.deep.equal(plain(controlOf(vector.input, payload)));
    if (control.type !== 'unknown' && !vector.name.includes('omitted')) {
      expect(hex(encodeControl(control))).to.equal(vector.bytesHex);
    }
  },
  ack(vector) {
    const ack = decodeAck(bytes(vector.bytesHex));
    expect(ack).to.deep.equal(vector.input);
    expect(hex(encodeAck(ack))).to.equal(vector.bytesHex);
  },
  error(vector) {
    const error = decodeError(bytes(vector.bytesHex));
    expect(error).to.deep.equal(vector.input);
    expect(hex(encodeError(error))).to.equal(vector.bytesHex);
  },
  frame(vector) {
    const { type, flags, payloadHex } = vector.input;
    const frame = decodeFrame(bytes(vector.bytesHex));
    expect({ type: frame.type, flags: frame.flags, payloadHex: hex(frame.payload) }).to.deep.equal({
      type,
      flags,
      payloadHex,
    });
    if (flags === 0) expect(hex(encodeFrame(type, frame.payload))).to.equal(vector.bytesHex);
  },
  captured(vector) {
    const message = bytes(vector.bytesHex);
    const { type, payload } = decodeFrame(message);
    const decode: Record<number, (payload: Uint8Array) => unknown> = {
      [FrameType.Handshake]: p => hex(encodeClientHello(decodeClientHello(p))),
      [FrameType.Event]: p => hex(encodeEvent(decodeEvent(p))),
      [FrameType.Control]: p =>
        hex(encodeControl(decodeControl(p) as Exclude<Control, { type: 'unknown' }>)),
      [FrameType.Ack]: p => hex(encodeAck(decodeAck(p))),
    };
    expect(decode[type]?.(payload)).to.equal(hex(payload));
  },
  malformed(vector) {
    const decode = DECODERS[vector.decoder ?? ''];
    if (decode === undefined) throw new Error(`no decoder for ${vector.decoder}`);
    const run = (): unknown => decode(bytes(vector.bytesHex));
    if (vector.require === 'reject') expect(run).to.throw(DecodeError);
    else if (vector.require === 'accept') run();
    else expect(outcome(run)).to.be.oneOf(['accepted', 'rejected']);
  },
};

const EVENT_LIKE_UNKNOWN = /unknown-0x/;

function outcome(run: () => unknown): string {
  try {
    run();
    return 'accepted';
  } catch (error) {
    if (error instanceof DecodeError) return 'rejected';
    throw error;
  }
}

/** Decodes frames as browsers do: those of the other direction are ignored. */
function clientFrame(message: Uint8Array): void {
  const { type, payload } = decodeExactFrame(message);
  if (type === FrameType.Patches) decodePatches(payload);
  else if (type === FrameType.Error) decodeError(payload);
  // A truncated command has no effect.
  else if (
    type === FrameType.Control &&
    !(payload[0] === ControlType.AuthCommand && payload.length < 3)
  )
    decodeControl(payload);
}

const DECODERS: Record<string, (data: Uint8Array) => unknown> = {
  uvarint: data => new ByteReader(data).uvarint64(),
  string: data => new ByteReader(data).str(),
  event: decodeEvent,
  patches: decodePatches,
  clientHello: decodeClientHello,
  serverHello: decodeServerHello,
  serverHelloFrame(data) {
    const { type, payload } = decodeExactFrame(data);
    if (type !== FrameType.Handshake) throw new DecodeError('invalid', 'not a hello');
    return decodeServerHello(payload);
  },
  control: decodeControl,
  ack: decodeAck,
  error: decodeError,
  frame: decodeFrame,
  clientFrame,
};

describe('protocol vectors', () => {
  const checked = vectors.filter(({ group }) => group in checks);
  for (const vector of checked) {
    it(vector.name, () => checks[vector.group]?.(vector));
  }

  it('are all checked, except the page scenarios', () => {
    const { total = 0, scenario = 0 } = counts;
    expect(checked.length).to.equal(total - scenario);
  });
});
