import type { ByteReader, ByteWriter } from './primitives';

/** How one value is read and written. */
export interface Codec<T> {
  read(reader: ByteReader): T;
  write(writer: ByteWriter, value: T): void;
}

type Fields = Record<string, Codec<never>>;
type Struct<F> = { -readonly [K in keyof F]: F[K] extends Codec<infer T> ? T : never };

export const u8: Codec<number> = { read: r => r.u8(), write: (w, v) => w.u8(v) };
export const u16: Codec<number> = { read: r => r.u16(), write: (w, v) => w.u16(v) };
export const i16: Codec<number> = { read: r => r.i16(), write: (w, v) => w.i16(v) };
export const u32: Codec<number> = { read: r => r.u32(), write: (w, v) => w.u32(v) };
export const f64: Codec<number> = { read: r => r.f64(), write: (w, v) => w.f64(v) };
export const bool: Codec<boolean> = { read: r => r.bool(), write: (w, v) => w.bool(v) };
export const uvarint: Codec<number> = { read: r => r.uvarint(), write: (w, v) => w.uvarint(v) };
export const svarint: Codec<number> = { read: r => r.svarint(), write: (w, v) => w.svarint(v) };
export const str: Codec<string> = { read: r => r.str(), write: (w, v) => w.str(v) };
/** Milliseconds since the epoch, as u64. */
export const time: Codec<number> = {
  read: r => Number(r.u64()),
  write: (w, v) => w.u64(BigInt(v)),
};
/** A copy, since the decoded value may outlive the message. */
export const byteString: Codec<Uint8Array> = {
  read: r => r.byteString().slice(),
  write: (w, v) => w.byteString(v),
};

/** An object, written as its fields in order. */
export function struct<F extends Record<string, Codec<unknown>> | Fields>(
  fields: F,
): Codec<Struct<F>> {
  const entries = Object.entries(fields) as Array<[string, Codec<unknown>]>;
  return {
    read(reader) {
      const value: Record<string, unknown> = {};
      for (const [name, codec] of entries) value[name] = codec.read(reader);
      return value as Struct<F>;
    },
    write(writer, value) {
      for (const [name, codec] of entries)
        codec.write(writer, (value as Record<string, unknown>)[name]);
    },
  };
}

/** A list, written as a count and the entries. */
export function list<T>(entry: Codec<T>): Codec<T[]> {
  return {
    read(reader) {
      const count = reader.count();
      const values: T[] = [];
      for (let i = 0; i < count; i++) values.push(entry.read(reader));
      return values;
    },
    write(writer, values) {
      writer.uvarint(values.length);
      for (const value of values) entry.write(writer, value);
    },
  };
}

/** A pair, written as two values in order. */
export function pair<A, B>(first: Codec<A>, second: Codec<B>): Codec<[A, B]> {
  return {
    read: reader => [first.read(reader), second.read(reader)],
    write(writer, value) {
      first.write(writer, value[0]);
      second.write(writer, value[1]);
    },
  };
}
