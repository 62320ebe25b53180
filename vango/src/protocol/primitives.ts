/** Why bytes could not be decoded. */
export type DecodeFault = 'truncated' | 'too_large' | 'invalid';

/** Bytes from the wire that do not follow the protocol. */
export class DecodeError extends Error {
  override name = 'DecodeError';

  constructor(
    readonly fault: DecodeFault,
    what: string,
  ) {
    super(`${fault}: ${what}`);
  }
}

/** Limits that are checked before memory is allocated (docs/protocol.md, section 12). */
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_COUNT = 100_000;

/** Characters of a text whose length fits into one byte. */
const SHORT = 127;

const utf8 = new TextDecoder();
const utf8Encoder = new TextEncoder();

/**
 * Reads the primitives of docs/protocol.md, section 2, from a byte array. A read past the end
 * throws `DecodeError`.
 */
export class ByteReader {
  private offset = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.bytes.length - this.offset;
  }

  u8(): number {
    return this.bytes[this.take(1)] as number;
  }

  u16(): number {
    return this.view.getUint16(this.take(2));
  }

  i16(): number {
    return this.view.getInt16(this.take(2));
  }

  u32(): number {
    return this.view.getUint32(this.take(4));
  }

  u64(): bigint {
    return this.view.getBigUint64(this.take(8));
  }

  f64(littleEndian = false): number {
    return this.view.getFloat64(this.take(8), littleEndian);
  }

  /** Any non-zero byte is true. */
  bool(): boolean {
    return this.u8() !== 0;
  }

  /** Up to 2^53-1; a larger value is `too_large`. */
  uvarint(): number {
    const first = this.u8();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    let scale = 0x80;
    for (let length = 2; length <= 10; length++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER)
          throw new DecodeError('too_large', 'varint above 2^53-1');
        return value;
      }
      scale *= 0x80;
    }
    throw new DecodeError('invalid', 'varint of more than 10 bytes');
  }

  /** Up to 2^64-1; higher bits are dropped. */
  uvarint64(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.u8();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new DecodeError('invalid', 'varint of more than 10 bytes');
  }

  /** Exact up to ±2^53-1; a larger value is the nearest number. */
  svarint(): number {
    const zigzag = this.uvarint64();
    return Number(zigzag & 1n ? -(zigzag >> 1n) - 1n : zigzag >> 1n);
  }

  /** Invalid UTF-8 becomes U+FFFD, as browsers do. */
  str(): string {
    return utf8.decode(this.byteString());
  }

  /** A view of the bytes, not a copy. */
  byteString(): Uint8Array {
    const length = this.uvarint();
    if (length > MAX_BYTES)
      throw new DecodeError('too_large', `string of ${length} bytes, the limit is ${MAX_BYTES}`);
    const start = this.take(length);
    return this.bytes.subarray(start, start + length);
  }

  /** A number of entries. The bytes that are left must suffice: each entry takes at least one. */
  count(): number {
    const count = this.uvarint();
    if (count > MAX_COUNT)
      throw new DecodeError('too_large', `${count} entries, the limit is ${MAX_COUNT}`);
    if (count > this.remaining)
      throw new DecodeError('truncated', `${count} entries in ${this.remaining} bytes`);
    return count;
  }

  /** A view of the next `length` bytes. */
  raw(length: number): Uint8Array {
    const start = this.take(length);
    return this.bytes.subarray(start, start + length);
  }

  private take(length: number): number {
    const start = this.offset;
    if (length > this.bytes.length - start) {
      throw new DecodeError(
        'truncated',
        `${length} bytes wanted, ${this.bytes.length - start} left`,
      );
    }
    this.offset = start + length;
    return start;
  }
}

/** Writes the primitives of docs/protocol.md, section 2, into a buffer that grows. */
export class ByteWriter {
  private bytes = new Uint8Array(256);
  private view = new DataView(this.bytes.buffer);
  private offset = 0;

  /** The bytes written, as a copy. */
  finish(): Uint8Array {
    return this.bytes.slice(0, this.offset);
  }

  get length(): number {
    return this.offset;
  }

  /** Starts again at the first byte. The buffer is kept, unless it has become large. */
  reset(): this {
    this.offset = 0;
    if (this.bytes.length > 65_536) this.grow(256);
    return this;
  }

  u8(value: number): void {
    const at = this.reserve(1);
    this.bytes[at] = value;
  }

  u16(value: number): void {
    const at = this.reserve(2);
    this.view.setUint16(at, value);
  }

  i16(value: number): void {
    const at = this.reserve(2);
    this.view.setInt16(at, value);
  }

  u32(value: number): void {
    const at = this.reserve(4);
    this.view.setUint32(at, value);
  }

  u64(value: bigint): void {
    const at = this.reserve(8);
    this.view.setBigUint64(at, value);
  }

  f64(value: number, littleEndian = false): void {
    const at = this.reserve(8);
    this.view.setFloat64(at, value, littleEndian);
  }

  bool(value: boolean): void {
    this.u8(value ? 1 : 0);
  }

  /** @param value - 0 to 2^53-1 */
  uvarint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.u8((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.u8(rest);
  }

  uvarint64(value: bigint): void {
    let rest = BigInt.asUintN(64, value);
    while (rest >= 0x80n) {
      this.u8(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.u8(Number(rest));
  }

  /** Fractions are cut off. */
  svarint(value: number): void {
    const whole = Math.trunc(value) || 0;
    if (whole >= -0x40000000 && whole < 0x40000000)
      this.uvarint(whole < 0 ? -2 * whole - 1 : 2 * whole);
    else this.uvarint64(whole < 0 ? -2n * BigInt(whole) - 1n : 2n * BigInt(whole));
  }

  str(value: string): void {
    if (value.length > SHORT || !this.ascii(value)) this.byteString(utf8Encoder.encode(value));
  }

  byteString(value: Uint8Array): void {
    this.uvarint(value.length);
    this.raw(value);
  }

  raw(value: Uint8Array): void {
    const at = this.reserve(value.length);
    this.bytes.set(value, at);
  }

  /**
   * Writes a text of ASCII characters in place, as most texts are. Returns false, and writes
   * nothing, for any other text.
   */
  private ascii(value: string): boolean {
    const { length } = value;
    const start = this.reserve(length + 1);
    const { bytes } = this;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code >= 0x80) {
        this.offset = start;
        return false;
      }
      bytes[start + 1 + i] = code;
    }
    bytes[start] = length;
    return true;
  }

  private reserve(length: number): number {
    const start = this.offset;
    const end = start + length;
    if (end > this.bytes.length) this.grow(Math.max(end, this.bytes.length * 2));
    this.offset = end;
    return start;
  }

  private grow(size: number): void {
    const grown = new Uint8Array(size);
    grown.set(this.bytes.subarray(0, Math.min(this.offset, size)));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }
}

const scratch = new ByteWriter();

/** The number of bytes that `write` writes. */
export function sizeWith(write: (writer: ByteWriter) => void): number {
  write(scratch.reset());
  return scratch.length;
}

/** The bytes that `write` writes. All encoders share one buffer, so `write` must not call this. */
export function encodeWith(write: (writer: ByteWriter) => void): Uint8Array {
  write(scratch.reset());
  return scratch.finish();
}
