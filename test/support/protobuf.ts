const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Values on the wire, one after another. */
class Reader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.take(1)[0] as number;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new RangeError('a varint of more than ten bytes');
  }

  fixed(length: number): DataView {
    const { buffer, byteOffset } = this.take(length);
    return new DataView(buffer, byteOffset, length);
  }

  delimited(): Uint8Array {
    return this.take(Number(this.varint()));
  }

  private take(length: number): Uint8Array {
    const end = this.at + length;
    if (end > this.bytes.length)
      throw new RangeError(`ends ${end - this.bytes.length} bytes too early`);
    const taken = this.bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }
}

/** Kinds of plain fields: how they are on the wire, and how they are read. */
const SCALARS = {
  bool: { wire: VARINT, read: (from: Reader) => from.varint() !== 0n },
  uint32: { wire: VARINT, read: (from: Reader) => Number(from.varint()) },
  enum: { wire: VARINT, read: (from: Reader) => Number(from.varint()) },
  int64: { wire: VARINT, read: (from: Reader) => BigInt.asIntN(64, from.varint()) },
  fixed32: { wire: FIXED32, read: (from: Reader) => from.fixed(4).getUint32(0, true) },
  fixed64: { wire: FIXED64, read: (from: Reader) => from.fixed(8).getBigUint64(0, true) },
  sfixed64: { wire: FIXED64, read: (from: Reader) => from.fixed(8).getBigInt64(0, true) },
  double: { wire: FIXED64, read: (from: Reader) => from.fixed(8).getFloat64(0, true) },
  string: { wire: DELIMITED, read: (from: Reader) => UTF8.decode(from.delimited()) },
  bytes: { wire: DELIMITED, read: (from: Reader) => from.delimited() },
};
type Scalar = keyof typeof SCALARS;

/**
 * Messages by name: the name and the kind of each field by its number. A kind is a scalar or a
 * message, with `[]` where it is repeated.
 */
export type Schema = Readonly<
  Record<string, Readonly<Record<number, readonly [name: string, kind: string]>>>
>;

type Value<S extends Schema, Kind> = Kind extends keyof S
  ? Decoded<S, Kind>
  : Kind extends Scalar
    ? ReturnType<(typeof SCALARS)[Kind]['read']>
    : never;

type Fields<S extends Schema, Name extends keyof S> = S[Name][keyof S[Name]] &
  readonly [string, string];

/** A message: lists are always there, other fields where they were sent. */
export type Decoded<S extends Schema, Name extends keyof S> = {
  readonly [F in Fields<S, Name> as F[1] extends `${string}[]`
    ? F[0]
    : never]: F[1] extends `${infer One}[]` ? ReadonlyArray<Value<S, One>> : never;
} & {
  readonly [F in Fields<S, Name> as F[1] extends `${string}[]` ? never : F[0]]?: Value<S, F[1]>;
};

/**
 * Decodes a message.
 * @throws Error for bytes that are not a message, and for fields that the schema does not have.
 */
export function decode<S extends Schema, Name extends keyof S & string>(
  schema: S,
  name: Name,
  bytes: Uint8Array,
): Decoded<S, Name> {
  return decodeMessage(schema, name, bytes) as Decoded<S, Name>;
}

function decodeMessage(schema: Schema, name: string, bytes: Uint8Array): Record<string, unknown> {
  const fields = schema[name] ?? {};
  const message: Record<string, unknown> = {};
  for (const [field, kind] of Object.values(fields)) if (kind.endsWith('[]')) message[field] = [];
  const reader = new Reader(bytes);
  while (!reader.isAtEnd) {
    const tag = Number(reader.varint());
    const [number, wire] = [tag >>> 3, tag & 7];
    const [field, kind] = fields[number] ?? [];
    if (field === undefined || kind === undefined)
      throw new TypeError(`${name} has no field ${number}`);
    const one = kind.replace('[]', '');
    const scalar = SCALARS[one as Scalar] as (typeof SCALARS)[Scalar] | undefined;
    const expected = scalar?.wire ?? DELIMITED;
    const isPacked = one !== kind && wire === DELIMITED && expected !== DELIMITED;
    if (wire !== expected && !isPacked)
      throw new TypeError(`${name}.${field} has wire type ${wire}`);

    const read = (from: Reader): unknown =>
      scalar === undefined ? decodeMessage(schema, one, from.delimited()) : scalar.read(from);
    if (one === kind) message[field] = read(reader);
    else if (!isPacked) (message[field] as unknown[]).push(read(reader));
    else
      for (const from = new Reader(reader.delimited()); !from.isAtEnd; )
        (message[field] as unknown[]).push(read(from));
  }
  return message;
}
