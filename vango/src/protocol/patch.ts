import { FrameTooLargeError, MAX_PAYLOAD } from './frame';
import { ByteReader, type ByteWriter, DecodeError, encodeWith, sizeWith } from './primitives';
import { bool, type Codec, list, pair, str, struct, svarint, u8, uvarint } from './struct';
import { type WireElement, type WireNode, wireNode } from './vnode';

/** Patch operations (docs/protocol.md, section 6). */
export const PatchOp = {
  SetText: 0x01,
  SetAttr: 0x02,
  RemoveAttr: 0x03,
  InsertNode: 0x04,
  RemoveNode: 0x05,
  MoveNode: 0x06,
  ReplaceNode: 0x07,
  SetValue: 0x08,
  SetChecked: 0x09,
  SetSelected: 0x0a,
  Focus: 0x0b,
  Blur: 0x0c,
  ScrollTo: 0x0d,
  AddClass: 0x10,
  RemoveClass: 0x11,
  ToggleClass: 0x12,
  SetStyle: 0x13,
  RemoveStyle: 0x14,
  SetData: 0x15,
  Dispatch: 0x20,
  URLPush: 0x30,
  URLReplace: 0x31,
  NavPush: 0x32,
  NavReplace: 0x33,
} as const;
export type PatchOp = (typeof PatchOp)[keyof typeof PatchOp];

const nothing = struct({});
const value = struct({ value: str });
const flag = struct({ value: bool });
const keyValue = struct({ key: str, value: str });
const params = struct({ params: list(pair(str, str)) });
const path = struct({ path: str });

/**
 * The fields that follow the code and the HID (hydration ID) of each operation. Indexes count the
 * element children as they are when the patch is applied.
 */
const FIELDS = {
  [PatchOp.SetText]: value,
  [PatchOp.SetAttr]: keyValue,
  [PatchOp.RemoveAttr]: struct({ key: str }),
  [PatchOp.InsertNode]: struct({ parent: str, index: uvarint, node: wireNode }),
  [PatchOp.RemoveNode]: nothing,
  [PatchOp.MoveNode]: struct({ parent: str, index: uvarint }),
  [PatchOp.ReplaceNode]: struct({ node: wireNode }),
  [PatchOp.SetValue]: value,
  [PatchOp.SetChecked]: flag,
  [PatchOp.SetSelected]: flag,
  [PatchOp.Focus]: nothing,
  [PatchOp.Blur]: nothing,
  [PatchOp.ScrollTo]: struct({ x: svarint, y: svarint, behavior: u8 }),
  [PatchOp.AddClass]: value,
  [PatchOp.RemoveClass]: value,
  [PatchOp.ToggleClass]: value,
  [PatchOp.SetStyle]: keyValue,
  [PatchOp.RemoveStyle]: struct({ key: str }),
  [PatchOp.SetData]: keyValue,
  [PatchOp.Dispatch]: struct({ name: str, detail: str }),
  [PatchOp.URLPush]: params,
  [PatchOp.URLReplace]: params,
  [PatchOp.NavPush]: path,
  [PatchOp.NavReplace]: path,
} as const;

type FieldsOf<C> = C extends Codec<infer T> ? T : never;

/** One change of the page. `hid` is empty for InsertNode and the history operations. */
export type Patch = {
  [O in PatchOp]: { op: O; hid: string } & FieldsOf<(typeof FIELDS)[O]>;
}[PatchOp];

const patch: Codec<Patch> = {
  read(reader) {
    const op = reader.u8() as PatchOp;
    const hid = reader.str();
    const fields: Codec<object> | undefined = FIELDS[op];
    if (fields === undefined) throw new DecodeError('invalid', `patch operation ${op}`);
    return { op, hid, ...fields.read(reader) } as Patch;
  },
  write(writer, change) {
    writer.u8(change.op);
    writer.str(change.hid);
    (FIELDS[change.op] as Codec<object>).write(writer, change);
  },
};
export const patchList: Codec<Patch[]> = list(patch);

/**
 * Encodes the payload of a patches frame.
 *
 * @param seq - sequence number of the frame
 * @param answered - number of the last event whose effects are in the patches; 0 for none. It
 *   follows the patches, where clients that do not know it ignore it.
 */
export function encodePatches(seq: number, patches: readonly Patch[], answered = 0): Uint8Array {
  return encodeWith(writer => writePatches(writer, seq, patches, answered));
}

function writePatches(
  writer: ByteWriter,
  seq: number,
  patches: readonly Patch[],
  answered: number,
): void {
  writer.uvarint(seq);
  patchList.write(writer, patches as Patch[]);
  if (answered > 0) writer.u32(answered);
}

const ANSWERED_LENGTH = 4;

/**
 * Decodes the payload of a patches frame. Four bytes after the patches are the number of the event
 * that is answered. Any other number of bytes is ignored.
 *
 * @throws DecodeError when the payload does not follow the protocol
 */
export function decodePatches(payload: Uint8Array): {
  seq: number;
  patches: Patch[];
  answered?: number;
} {
  const reader = new ByteReader(payload);
  const decoded = { seq: reader.uvarint(), patches: patchList.read(reader) };
  return reader.remaining === ANSWERED_LENGTH ? { ...decoded, answered: reader.u32() } : decoded;
}

/** Bytes for the sequence number and count before the patches, and for what follows them. */
const AROUND = 13 + ANSWERED_LENGTH;
const LIMIT = MAX_PAYLOAD - AROUND;

/**
 * Splits patches that do not fit into one frame into groups that do. A node that is too large for a
 * frame is inserted without its children, which follow in patches of their own (docs/protocol.md,
 * section 11.4).
 *
 * @throws FrameTooLargeError when a single text or attribute does not fit into a frame
 */
export function splitPatches(patches: readonly Patch[]): Array<readonly Patch[]> {
  const groups: Patch[][] = [];
  let group: Patch[] = [];
  let room = LIMIT;
  for (const change of patches.flatMap(fitting)) {
    const size = sizeOf([change]);
    if (size > room && group.length > 0) {
      groups.push(group);
      group = [];
      room = LIMIT;
    }
    group.push(change);
    room -= size;
  }
  if (group.length > 0) groups.push(group);
  return groups;
}

function sizeOf(patches: readonly Patch[]): number {
  return sizeWith(writer => patchList.write(writer, patches as Patch[]));
}

function fitting(change: Patch): Patch[] {
  const size = sizeOf([change]);
  if (size <= LIMIT) return [change];
  if (
    (change.op === PatchOp.InsertNode || change.op === PatchOp.ReplaceNode) &&
    isSplittable(change.node)
  ) {
    const shell: WireElement = { ...change.node, children: [] };
    return [...fitting({ ...change, node: shell }), ...insertsOf(change.node)];
  }
  throw new FrameTooLargeError(size);
}

/**
 * Whether the children of a node can be inserted one by one. Only elements have an index on the
 * wire, so none of the children may be text.
 */
function isSplittable(node: WireNode): node is WireElement {
  return (
    node.kind === 'element' &&
    node.children.length > 0 &&
    node.children.every(child => child.kind === 'element')
  );
}

function insertsOf(parent: WireElement): Patch[] {
  return parent.children.flatMap((node, index) =>
    fitting({ op: PatchOp.InsertNode, hid: '', parent: parent.hid, index, node }),
  );
}
