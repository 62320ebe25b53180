import type { RuntimeMetrics } from '../metrics';
import {
  AuthAction,
  ControlType,
  type ErrorCode,
  encodeAck,
  encodeControl,
  encodeError,
  encodeFrame,
  encodePatches,
  FrameType,
  MAX_PAYLOAD,
  type Patch,
  splitPatches,
} from '../protocol';
import { sizeOf } from '../reactive/size';
import { Acknowledgements } from './acknowledgements';
import { ReplayBuffer } from './replayBuffer';
import type { SessionSocket } from './socket';

/**
 * Channel that no page script listens to, so that one tab reloads and not all tabs of the origin
 * (docs/protocol.md, section 8).
 */
const PRIVATE_CHANNEL = 'vango:session';

/** Milliseconds within which a page that cannot apply a patch comes back. */
const RELOAD_WINDOW = 2000;

/** What was written of a batch of patches. */
export interface Written {
  patches: number;
  bytes: number;
}

/**
 * Events that a browser may send again after a receipt: as many as it keeps, or none where they may
 * have had effects.
 */
const EVENT_WINDOW = 100;

/**
 * The channel of a session to its browser. It numbers patch frames, keeps the last ones, and holds
 * patches while there is no socket.
 */
export class ClientChannel {
  private socket: SessionSocket | undefined;
  /** Number of the event whose effects are written now, or were written last. */
  answered = 0;
  private seq = 0;
  /** Bytes of all patch frames written. */
  patchBytes = 0;
  private sentAt = 0;
  private open = false;
  private readonly sentFrames: ReplayBuffer;
  readonly acknowledgements = new Acknowledgements();
  /** Patches for the browser when it is back. */
  private waiting: Array<readonly Patch[]> = [];
  /** Whether the page differs from the tree in a way that patches cannot repair. */
  private isOutOfStep = false;

  /** @param capacity - patch frames kept for replay */
  constructor(
    private readonly metrics: () => RuntimeMetrics,
    private readonly capacity: number,
  ) {
    this.sentFrames = new ReplayBuffer(capacity);
  }

  /** Bytes held for a browser that may come back. */
  get heldBytes(): number {
    return this.sentFrames.byteLength + (this.waiting.length === 0 ? 0 : sizeOf(this.waiting));
  }

  /** Sequence number of the last frame. */
  get sent(): number {
    return this.seq;
  }

  /**
   * Whether a client that comes back with `lastSeq` left frames behind just now: its page could not
   * apply them and was reloaded.
   */
  leftBehind(lastSeq: number, now = Date.now()): boolean {
    return lastSeq < this.seq && now - this.sentAt < RELOAD_WINDOW;
  }

  get isOpen(): boolean {
    return this.open;
  }

  get current(): SessionSocket | undefined {
    return this.socket;
  }

  /** Takes a socket. Only the hello is written to it before `start()`. */
  attach(socket: SessionSocket): void {
    this.acknowledgements.reset();
    this.socket = socket;
    this.open = false;
  }

  /** Lets frames through, after the hello. */
  start(): void {
    this.open = this.socket !== undefined;
  }

  detach(): void {
    this.acknowledgements.reset();
    this.socket = undefined;
    this.open = false;
  }

  /**
   * Writes patches, in as many frames as they need. While detached they wait, up to as many batches
   * as frames are kept.
   *
   * @throws FrameTooLargeError when a patch fits no frame; nothing is written then
   */
  sendPatches(patches: readonly Patch[], route: string): Written {
    const written: Written = { patches: 0, bytes: 0 };
    if (!this.open) {
      this.hold(patches);
      return written;
    }
    const payload = encodePatches(this.seq + 1, patches, this.answered);
    if (payload.byteLength <= MAX_PAYLOAD) {
      this.sendFrame(payload, patches.length, route, written);
      return written;
    }
    for (const group of splitPatches(patches)) {
      if (
        !this.sendFrame(
          encodePatches(this.seq + 1, group, this.answered),
          group.length,
          route,
          written,
        )
      )
        break;
    }
    return written;
  }

  private sendFrame(
    payload: Uint8Array,
    patches: number,
    route: string,
    written: Written,
  ): boolean {
    const frame = encodeFrame(FrameType.Patches, payload);
    if (!this.socket?.send(frame)) return false;
    this.seq++;
    this.sentAt = Date.now();
    this.sentFrames.push(frame);
    written.patches += patches;
    written.bytes += frame.byteLength;
    this.patchBytes += frame.byteLength;
    const metrics = this.metrics();
    metrics.recordPatches(patches);
    metrics.recordPatchBytes(route, frame.byteLength);
    return true;
  }

  /**
   * Replaces the whole page. Numbers start again (docs/protocol.md, section 11).
   *
   * @throws FrameTooLargeError when the page fits no frame; nothing is written then
   */
  sendResync(bodyHtml: string): void {
    if (this.open) {
      this.restart();
      this.sendControl({ type: ControlType.ResyncFull, html: bodyHtml });
    } else {
      this.loseStep();
    }
  }

  /** Notes that the page differs from the tree, so that it will be redrawn. */
  loseStep(): void {
    this.isOutOfStep = true;
    this.waiting = [];
  }

  /** Continues where another process ended: the page shows this tree, after `seq` frames. */
  continueAt(seq: number): void {
    this.restart();
    this.seq = seq;
    this.acknowledgements.continueAfter(seq);
  }

  /**
   * Sends again what a page missed that applied frames up to `lastSeq`.
   *
   * @returns the batches that waited and must be sent now; undefined when the page must be redrawn
   */
  catchUp(lastSeq: number): ReadonlyArray<readonly Patch[]> | undefined {
    if (this.isOutOfStep || lastSeq > this.seq || !this.replay(lastSeq)) return undefined;
    this.acknowledgements.continueAfter(lastSeq);
    return this.waiting.splice(0);
  }

  /**
   * Sends again what the client missed after `lastSeq`. Returns false when that is no longer held.
   */
  replay(lastSeq: number): boolean {
    if (!this.open || lastSeq >= this.seq) return true;
    const frames = this.sentFrames.after(lastSeq, this.seq);
    if (frames === undefined) return false;
    for (const frame of frames) this.socket?.send(frame);
    return true;
  }

  /** Forgets frames that the client has applied. */
  acknowledge(lastSeq: number): void {
    if (lastSeq > this.seq || !this.acknowledgements.accept(lastSeq)) return;
    this.sentFrames.keepLast(this.seq - lastSeq);
  }

  /** Says which events have arrived, so that the browser can send lost ones again. */
  sendReceipt(lastEvent: number, mayRepeat: boolean): void {
    const ack = encodeAck({ lastSeq: lastEvent, window: mayRepeat ? EVENT_WINDOW : 0 });
    if (this.open) this.socket?.send(encodeFrame(FrameType.Ack, ack));
  }

  sendError(code: ErrorCode, message: string): void {
    if (this.open)
      this.socket?.send(encodeFrame(FrameType.Error, encodeError({ code, message, fatal: false })));
  }

  commandReload(): void {
    this.sendAuthCommand(AuthAction.ForceReload, '');
  }

  commandNavigate(path: string): void {
    this.sendAuthCommand(AuthAction.HardNavigate, path);
  }

  private sendAuthCommand(action: number, path: string): void {
    this.sendControl({
      type: ControlType.AuthCommand,
      action,
      reason: 0,
      path,
      channel: PRIVATE_CHANNEL,
      message: '',
    });
  }

  private sendControl(control: Parameters<typeof encodeControl>[0]): void {
    if (this.open) this.socket?.send(encodeFrame(FrameType.Control, encodeControl(control)));
  }

  private hold(patches: readonly Patch[]): void {
    if (this.isOutOfStep) return;
    if (this.waiting.length < this.capacity) this.waiting.push(patches);
    else this.loseStep();
  }

  /** Called when the page shows this tree, as after a load: frames count from 1. */
  restart(): void {
    this.acknowledgements.restart(this.seq);
    this.seq = 0;
    this.sentFrames.clear();
    this.waiting = [];
    this.isOutOfStep = false;
  }
}
