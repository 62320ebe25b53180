export { type Ack, decodeAck, encodeAck } from './ack';
export {
  AuthAction,
  CloseReason,
  type Control,
  ControlType,
  decodeControl,
  encodeControl,
} from './control';
export { decodeError, ErrorCode, encodeError, type WireError } from './error';
export {
  type AnimationData,
  type ClientEvent,
  type CustomData,
  type DragData,
  decodeEvent,
  EVENT_TYPES,
  type EventName,
  encodeEvent,
  type HookData,
  type HookValue,
  type KeyData,
  type MouseData,
  type NavigateData,
  type ResizeData,
  type ScrollData,
  type TouchData,
  type WheelData,
} from './event';
export {
  decodeExactFrame,
  decodeFrame,
  encodeFrame,
  type Frame,
  FrameTooLargeError,
  FrameType,
  MAX_PAYLOAD,
} from './frame';
export {
  type ClientHello,
  decodeClientHello,
  decodeServerHello,
  encodeClientHello,
  encodeServerHello,
  HelloStatus,
  type ServerHello,
} from './handshake';
export { decodePatches, encodePatches, type Patch, PatchOp, splitPatches } from './patch';
export { ByteReader, ByteWriter, DecodeError, type DecodeFault } from './primitives';
export type { WireElement, WireFragment, WireNode, WireText } from './vnode';
