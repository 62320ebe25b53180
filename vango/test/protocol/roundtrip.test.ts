import { expect } from 'chai';
import fc from 'fast-check';
import {
  ByteReader,
  ByteWriter,
  type ClientEvent,
  decodeClientHello,
  decodeEvent,
  decodeFrame,
  decodePatches,
  encodeClientHello,
  encodeEvent,
  encodeFrame,
  encodePatches,
  FrameTooLargeError,
  FrameType,
  MAX_PAYLOAD,
  type Patch,
  PatchOp,
  splitPatches,
  type WireNode,
} from '../../src/protocol';

// A leading byte order mark is dropped, as browsers do; lone surrogates become U+FFFD.
const text = fc.string({ unit: 'grapheme' }).filter(value => !value.startsWith('\ufeff'));
const seq = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const whole = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

const node = fc.letrec<{ node: WireNode }>(tie => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ kind: fc.constant('text' as const), text }),
    fc.record({
      kind: fc.constant('element' as const),
      tag: text,
      hid: text,
      attrs: fc.array(fc.tuple(text, text), { maxLength: 3 }),
      children: fc.array(tie('node'), { maxLength: 3 }),
    }),
    fc.record({
      kind: fc.constant('fragment' as const),
      children: fc.array(tie('node'), { maxLength: 3 }),
    }),
  ),
})).node;

const patch: fc.Arbitrary<Patch> = fc.oneof(
  fc.record({ op: fc.constant(PatchOp.SetText), hid: text, value: text }),
  fc.record({ op: fc.constant(PatchOp.SetAttr), hid: text, key: text, value: text }),
  fc.record({
    op: fc.constant(PatchOp.InsertNode),
    hid: fc.constant(''),
    parent: text,
    index: fc.nat(),
    node,
  }),
  fc.record({ op: fc.constant(PatchOp.MoveNode), hid: text, parent: text, index: fc.nat() }),
  fc.record({ op: fc.constant(PatchOp.RemoveNode), hid: text }),
  fc.record({ op: fc.constant(PatchOp.SetChecked), hid: text, value: fc.boolean() }),
  fc.record({
    op: fc.constant(PatchOp.ScrollTo),
    hid: text,
    x: whole,
    y: whole,
    behavior: fc.nat(1),
  }),
  fc.record({
    op: fc.constant(PatchOp.URLPush),
    hid: fc.constant(''),
    params: fc.array(fc.tuple(text, text)),
  }),
);

const event = fc.oneof(
  fc.record({ seq, type: fc.constant('Click'), hid: text, data: fc.constant(undefined) }),
  fc.record({ seq, type: fc.constant('Input'), hid: text, data: text }),
  fc.record({ seq, type: fc.constant('Submit'), hid: text, data: fc.array(fc.tuple(text, text)) }),
  fc.record({
    seq,
    type: fc.constant('Scroll'),
    hid: text,
    data: fc.record({ top: whole, left: whole }),
  }),
  fc.record({
    seq,
    type: fc.constant('KeyDown'),
    hid: text,
    data: fc.record({
      key: text,
      code: text,
      modifiers: fc.nat(15),
      repeat: fc.boolean(),
      location: fc.nat(3),
    }),
  }),
) as fc.Arbitrary<ClientEvent>;

describe('protocol codec', () => {
  it('reads hook numbers of any size unchanged', () => {
    for (const number of [0, -1, 2 ** 53 - 1, 1 - 2 ** 53, 2 ** 53, 2 ** 64, -1e30, 0.5]) {
      const event = {
        seq: 1,
        type: 'Hook',
        hid: 'h1',
        data: { name: 'n', data: { number } },
      } as ClientEvent;
      expect((decodeEvent(encodeEvent(event)).data as { data: unknown }).data).to.deep.equal({
        number,
      });
    }
  });

  it('reads the numbers it wrote', () => {
    fc.assert(
      fc.property(
        seq,
        fc.maxSafeInteger(),
        fc.double({ noNaN: true }),
        fc.boolean(),
        (unsigned, signed, float, little) => {
          const writer = new ByteWriter();
          writer.uvarint(unsigned);
          writer.svarint(signed);
          writer.f64(float, little);
          const reader = new ByteReader(writer.finish());
          expect(reader.uvarint()).to.equal(unsigned);
          expect(reader.svarint()).to.equal(signed || 0);
          expect(Object.is(reader.f64(little), float)).to.equal(true);
          expect(reader.remaining).to.equal(0);
        },
      ),
    );
  });

  it('reads the hellos it wrote', () => {
    const u16 = fc.integer({ min: 0, max: 65_535 });
    const hello = fc.record({
      major: fc.nat(255),
      minor: fc.nat(255),
      csrf: text,
      sessionId: text,
      lastSeq: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      viewportWidth: u16,
      viewportHeight: u16,
      timezoneOffset: fc.integer({ min: -32_768, max: 32_767 }),
    });
    fc.assert(
      fc.property(hello, value => {
        expect(decodeClientHello(encodeClientHello(value))).to.deep.equal(value);
      }),
    );
  });

  it('reads the events it wrote, with and without trace context', () => {
    const traceparent = fc.option(fc.constant(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`), {
      nil: undefined,
    });
    fc.assert(
      fc.property(event, traceparent, (value, context) => {
        const sent = context === undefined ? value : { ...value, traceparent: context };
        expect(decodeEvent(encodeEvent(sent))).to.deep.equal(sent);
      }),
    );
  });

  it('ignores other bytes after an event', () => {
    const click = encodeEvent({ seq: 1, type: 'Click', hid: 'h1', data: undefined });
    const longer = new Uint8Array([...click, 55, ...new Uint8Array(54)]);
    expect(decodeEvent(longer)).to.deep.equal({
      seq: 1,
      type: 'Click',
      hid: 'h1',
      data: undefined,
    });
  });

  it('reads the patches it wrote', () => {
    fc.assert(
      fc.property(seq, fc.array(patch), (number, patches) => {
        expect(decodePatches(encodePatches(number, patches))).to.deep.equal({
          seq: number,
          patches,
        });
      }),
    );
  });

  it('reads which event patches answer, and ignores other bytes after them', () => {
    const patches = [{ op: PatchOp.SetText, hid: 'h1', value: 'x' }] as const;
    const answered = encodePatches(1, patches, 0xfedcba98);
    expect(decodePatches(answered)).to.deep.equal({ seq: 1, patches, answered: 0xfedcba98 });
    for (const bytes of [[0], [0, 0, 0], [0, 0, 0, 0, 7]]) {
      const longer = new Uint8Array([...encodePatches(1, patches), ...bytes]);
      expect(decodePatches(longer)).to.deep.equal({ seq: 1, patches });
    }
  });

  it('refuses payloads that are too large for a frame', () => {
    expect(
      decodeFrame(encodeFrame(FrameType.Patches, new Uint8Array(MAX_PAYLOAD))).payload.length,
    ).to.equal(MAX_PAYLOAD);
    expect(() => encodeFrame(FrameType.Patches, new Uint8Array(MAX_PAYLOAD + 1))).to.throw(
      FrameTooLargeError,
      '65536 bytes',
    );
  });

  it('splits batches and large nodes into frames, in order', () => {
    const item = (index: number): WireNode => ({
      kind: 'element',
      tag: 'li',
      hid: `h${index}`,
      attrs: [],
      children: [{ kind: 'text', text: 'x'.repeat(1000) }],
    });
    const list: WireNode = {
      kind: 'element',
      tag: 'ul',
      hid: 'h0',
      attrs: [],
      children: Array.from({ length: 200 }, (_, i) => item(i + 1)),
    };
    const groups = splitPatches([
      { op: PatchOp.InsertNode, hid: '', parent: 'root', index: 0, node: list },
      { op: PatchOp.SetText, hid: 'h999', value: 'last' },
    ]);
    expect(groups.length).to.equal(4);
    for (const group of groups)
      expect(encodePatches(Number.MAX_SAFE_INTEGER, group).length).to.be.at.most(MAX_PAYLOAD);
    const flat = groups.flat();
    expect(flat.length).to.equal(202);
    expect(flat[0]).to.deep.include({ op: PatchOp.InsertNode, parent: 'root' });
    expect(flat[1]).to.deep.equal({
      op: PatchOp.InsertNode,
      hid: '',
      parent: 'h0',
      index: 0,
      node: item(1),
    });
    expect(flat[201]).to.deep.equal({ op: PatchOp.SetText, hid: 'h999', value: 'last' });
  });

  it('refuses a single text that is too large for a frame', () => {
    const tooLong: Patch = { op: PatchOp.SetText, hid: 'h1', value: 'x'.repeat(70_000) };
    expect(() => splitPatches([tooLong])).to.throw(FrameTooLargeError);
  });
});
