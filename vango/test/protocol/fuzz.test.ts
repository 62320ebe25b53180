import { expect } from 'chai';
import {
  DecodeError,
  decodeAck,
  decodeClientHello,
  decodeControl,
  decodeError,
  decodeEvent,
  decodeFrame,
  decodePatches,
  decodeServerHello,
} from '../../src/protocol';
import { random } from '../support/random';
import { bytes, vectors } from './vectors';

const SEED = 20260101;
const FRAMES = 100_000;
const DECODERS = [
  decodeFrame,
  decodeClientHello,
  decodeServerHello,
  decodeEvent,
  decodePatches,
  decodeControl,
  decodeAck,
  decodeError,
];

function mutate(original: Uint8Array, next: () => number): Uint8Array {
  const below = (limit: number): number => Math.floor(next() * limit);
  let data = original.slice();
  for (let times = 1 + below(4); times > 0; times--) {
    const at = below(data.length + 1);
    const kind = below(5);
    if (kind === 0 && at < data.length) data[at] = below(256);
    else if (kind === 1 && at < data.length) data[at] = (data[at] ?? 0) ^ (1 << below(8));
    else if (kind === 2) data = data.slice(0, at);
    else if (kind === 3)
      data = new Uint8Array([
        ...data.slice(0, at),
        0xff,
        0xff,
        0xff,
        0xff,
        0x0f,
        ...data.slice(at),
      ]);
    else data = new Uint8Array([...data.slice(0, at), ...data.slice(below(data.length + 1))]);
  }
  return data.length > 70_000 ? data.slice(0, 70_000) : data;
}

/** Entries of all lists in a decoded value. */
function entries(value: unknown): number {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return 0;
  const inner = Object.values(value).reduce<number>((sum, entry) => sum + entries(entry), 0);
  return inner + (Array.isArray(value) ? value.length : 0);
}

describe('protocol decoders', () => {
  it(`survive ${FRAMES.toLocaleString('en')} mutated frames`, () => {
    const next = random(SEED);
    const corpus = vectors.flatMap(({ bytesHex }) =>
      bytesHex === undefined ? [] : [bytes(bytesHex)],
    );
    const heapBefore = process.memoryUsage().heapUsed;
    const startedAt = performance.now();
    let decoded = 0;
    let refused = 0;
    for (let i = 0; i < FRAMES; i++) {
      const data = mutate(corpus[i % corpus.length] as Uint8Array, next);
      const decode = DECODERS[Math.floor(next() * DECODERS.length)] as (
        data: Uint8Array,
      ) => unknown;
      try {
        const value = decode(data);
        decoded++;
        // Each entry of a list took a byte at least.
        expect(entries(value)).to.be.at.most(data.length);
      } catch (error) {
        expect(
          error,
          `seed ${SEED}, frame ${i}: ${Buffer.from(data).toString('hex')}`,
        ).to.be.instanceOf(DecodeError);
        refused++;
      }
    }
    expect(decoded + refused).to.equal(FRAMES);
    expect(decoded).to.be.above(1000);
    expect(refused).to.be.above(1000);
    expect(performance.now() - startedAt).to.be.below(15_000);
    expect(process.memoryUsage().heapUsed - heapBefore).to.be.below(256 * 1024 * 1024);
  });

  it('refuse counts and lengths before they allocate', () => {
    const count = 'ffffffff07';
    const heapBefore = process.memoryUsage().arrayBuffers;
    expect(() => decodePatches(bytes(`01${count}`))).to.throw(DecodeError, 'too_large');
    expect(() => decodeEvent(bytes(`0112026831${count}`))).to.throw(DecodeError, 'too_large');
    expect(() => decodeEvent(bytes(`0110026831${count}`))).to.throw(DecodeError, 'too_large');
    expect(process.memoryUsage().arrayBuffers - heapBefore).to.be.below(1024 * 1024);
  });
});
