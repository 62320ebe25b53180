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
import { ReplayBuffer } from './replayBuffer';
import type { SessionSocket } from './socket';

/** Heard by no page script: asks one tab, not all tabs of the origin, to reload (protocol §8). */
const PRIVATE_CHANNEL = 'vango:session';

/** Milliseconds within which a page that cannot apply a patch comes back. */
const RELOAD_WINDOW = 2000;

/** What a written batch of patches amounted to. */
export interface Written {
  patches: number;
  bytes: number;
}

/** Events a browser may send again after a receipt: as many as it keeps, or none where they may have had effects already. */
const EVENT_WINDOW = 100;

/** A session's way to its browser: numbers patch frames, keeps the last ones, and lets patches wait while there is no socket. */
export class ClientChannel {
  private socket: SessionSocket | undefined;
  /** Number of the browser's event whose effects are written, or were last. */
  answered = 0;
  private seq = 0;
  private sentAt = 0;
  private open = false;
  private readonly sentFrames: ReplayBuffer;
  /** What the browser is to be sent when it is back. */
  private waiting: Array<readonly Patch[]> = [];
  /** Whether something is missing that patches cannot make up for. */
  private isOutOfStep = false;

  /** @param capacity patch frames kept for replay */
  constructor(
    private readonly metrics: () => RuntimeMetrics,
    private readonly capacity: number,
  ) {
    this.sentFrames = new ReplayBuffer(capacity);
  }

  /** Bytes held for a browser that comes back. */
  get heldBytes(): number {
    return this.sentFrames.byteLength + (this.waiting.length === 0 ? 0 : sizeOf(this.waiting));
  }

  /** Sequence number of the frame sent last. */
  get sent(): number {
    return this.seq;
  }

  /** Whether a client that comes back with `lastSeq` just now left frames behind: a page that failed to apply them and reloaded. */
  leftBehind(lastSeq: number, now = Date.now()): boolean {
    return lastSeq < this.seq && now - this.sentAt < RELOAD_WINDOW;
  }

  get isOpen(): boolean {
    return this.open;
  }

  get current(): SessionSocket | undefined {
    return this.socket;
  }

  /** Takes a socket; nothing but the hello is written to it before `start()`. */
  attach(socket: SessionSocket): void {
    this.socket = socket;
    this.open = false;
  }

  /** Lets frames through: the hello is out. */
  start(): void {
    this.open = this.socket !== undefined;
  }

  detach(): void {
    this.socket = undefined;
    this.open = false;
  }

  /**
   * Writes patches, in as many frames as they need; while detached they wait, up to as many batches as frames are kept.
   * @throws FrameTooLargeError before anything is written when a patch fits no frame.
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
    const metrics = this.metrics();
    metrics.recordPatches(patches);
    metrics.recordPatchBytes(route, frame.byteLength);
    return true;
  }

  /**
   * Replaces all the page shows. Numbers restart (protocol §11).
   * @throws FrameTooLargeError before anything is written when it fits no frame
   */
  sendResync(bodyHtml: string): void {
    if (this.open) {
      this.restart();
      this.sendControl({ type: ControlType.ResyncFull, html: bodyHtml });
    } else {
      this.loseStep();
    }
  }

  /** The page shows something that patches cannot make what it should be. */
  loseStep(): void {
    this.isOutOfStep = true;
    this.waiting = [];
  }

  /** Goes on where another process ended: the page shows this tree, `seq` frames after it was drawn. */
  continueAt(seq: number): void {
    this.restart();
    this.seq = seq;
  }

  /**
   * Sends again what a page that applied frames up to `lastSeq` missed.
   * @returns the batches that waited for it and are to be sent now; undefined when page and tree cannot be brought in step so
   */
  catchUp(lastSeq: number): ReadonlyArray<readonly Patch[]> | undefined {
    if (this.isOutOfStep || lastSeq > this.seq || !this.replay(lastSeq)) return undefined;
    return this.waiting.splice(0);
  }

  /** Sends again what the client missed after `lastSeq`. False when that is no longer held. */
  replay(lastSeq: number): boolean {
    if (!this.open || lastSeq >= this.seq) return true;
    const frames = this.sentFrames.after(lastSeq, this.seq);
    if (frames === undefined) return false;
    for (const frame of frames) this.socket?.send(frame);
    return true;
  }

  /** The client applied all frames up to `lastSeq` and will not ask for them. */
  acknowledge(lastSeq: number): void {
    if (lastSeq <= this.seq) this.sentFrames.keepLast(this.seq - lastSeq);
  }

  /** Tells which events have come, so that the browser can send again those that were lost with the last socket. */
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

  /** The page shows this tree, as it does after a load: frames count from 1. */
  restart(): void {
    this.seq = 0;
    this.sentFrames.clear();
    this.waiting = [];
    this.isOutOfStep = false;
  }
}
