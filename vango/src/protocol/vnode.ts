import { type ByteReader, type ByteWriter, DecodeError } from './primitives';
import { type Codec, list, pair, str } from './struct';

const MAX_DEPTH = 256;

const Kind = { Element: 1, Text: 2, Fragment: 3 } as const;

export interface WireElement {
  readonly kind: 'element';
  readonly tag: string;
  /** Hydration ID (HID); empty when the server will not address the element. */
  readonly hid: string;
  readonly attrs: Array<[name: string, value: string]>;
  readonly children: WireNode[];
}

export interface WireText {
  readonly kind: 'text';
  readonly text: string;
}

export interface WireFragment {
  readonly kind: 'fragment';
  readonly children: WireNode[];
}

/** A node as patches carry it: the three kinds browsers accept (docs/protocol.md, section 7). */
export type WireNode = WireElement | WireText | WireFragment;

const attrs = list(pair(str, str));

function read(reader: ByteReader, depth: number): WireNode {
  if (depth > MAX_DEPTH)
    throw new DecodeError('too_large', `nodes are nested deeper than ${MAX_DEPTH} levels`);
  const kind = reader.u8();
  switch (kind) {
    case Kind.Element: {
      const tag = reader.str();
      const hid = reader.str();
      return {
        kind: 'element',
        tag,
        hid,
        attrs: attrs.read(reader),
        children: readChildren(reader, depth),
      };
    }
    case Kind.Text:
      return { kind: 'text', text: reader.str() };
    case Kind.Fragment:
      return { kind: 'fragment', children: readChildren(reader, depth) };
    default:
      throw new DecodeError('invalid', `node of kind ${kind}`);
  }
}

function readChildren(reader: ByteReader, depth: number): WireNode[] {
  const count = reader.count();
  const children: WireNode[] = [];
  for (let i = 0; i < count; i++) children.push(read(reader, depth + 1));
  return children;
}

function write(writer: ByteWriter, node: WireNode): void {
  if (node.kind === 'text') {
    writer.u8(Kind.Text);
    writer.str(node.text);
    return;
  }
  if (node.kind === 'element') {
    writer.u8(Kind.Element);
    writer.str(node.tag);
    writer.str(node.hid);
    attrs.write(writer, node.attrs);
  } else {
    writer.u8(Kind.Fragment);
  }
  writer.uvarint(node.children.length);
  for (const child of node.children) write(writer, child);
}

/** Nodes nest up to 256 levels. */
export const wireNode: Codec<WireNode> = { read: reader => read(reader, 1), write };
