import type { RuntimeMetrics } from '../metrics';
import {
  ControlType,
  type ErrorCode,
  encodeControl,
  encodeError,
  encodeFrame,
  encodePatches,
  FrameTooLargeError,
  FrameType,
  MAX_PAYLOAD,
  type Patch,
  splitPatches,
} from '../protocol';
import type { Connection } from '../server/connection';
import { PatchRing } from './ring';

/** Heard by no page script: asks one tab, not all tabs of the origin, to reload (protocol §8). */
const PRIVATE_CHANNEL = 'vango:session';

/** AuthCommand actions (protocol §8). */
export const AuthAction = { ForceReload: 1, HardNavigate: 2 } as const;

/** Milliseconds within which a page that cannot apply a patch comes back. */
const RELOAD_WINDOW = 2000;

/** What a written batch of patches amounted to. */
export interface Written {
  patches: number;
  bytes: number;
}

/** A session's way to its browser: numbers patch frames, keeps the last ones, and is silent while there is no socket. */
export class Outlet {
  private connection: Connection | undefined;
  /** Number of the browser's event whose effects are written, or were last. */
  answered = 0;
  private seq = 0;
  private sentAt = 0;
  private open = false;
  private readonly ring: PatchRing;

  /** @param capacity patch frames kept for replay */
  constructor(
    private readonly metrics: () => RuntimeMetrics,
    capacity: number,
  ) {
    this.ring = new PatchRing(capacity);
  }

  /** Bytes held for replay. */
  get heldBytes(): number {
    return this.ring.byteLength;
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

  get current(): Connection | undefined {
    return this.connection;
  }

  /** Takes a socket; nothing but the hello is written to it before `start()`. Numbers restart (protocol §11). */
  attach(connection: Connection): void {
    this.connection = connection;
    this.open = false;
    this.restart();
  }

  /** Lets frames through: the hello is out. */
  start(): void {
    this.open = this.connection !== undefined;
  }

  detach(): void {
    this.connection = undefined;
    this.open = false;
  }

  /**
   * Writes patches, in as many frames as they need; while detached they are dropped without using up numbers.
   * @throws FrameTooLargeError before anything is written when a patch fits no frame.
   */
  sendPatches(patches: readonly Patch[], route: string): Written {
    const written: Written = { patches: 0, bytes: 0 };
    if (!this.open) return written;
    const payload = encodePatches(this.seq + 1, patches, this.answered);
    if (payload.byteLength <= MAX_PAYLOAD) {
      this.sendFrame(payload, patches.length, route, written);
      return written;
    }
    for (const group of splitPatches(patches)) {
      if (!this.sendFrame(encodePatches(this.seq + 1, group, this.answered), group.length, route, written))
        break;
    }
    return written;
  }

  private sendFrame(payload: Uint8Array, patches: number, route: string, written: Written): boolean {
    const frame = encodeFrame(FrameType.Patches, payload);
    if (!this.connection?.send(frame)) return false;
    this.seq++;
    this.sentAt = Date.now();
    this.ring.push(frame);
    written.patches += patches;
    written.bytes += frame.byteLength;
    const metrics = this.metrics();
    metrics.recordPatches(patches);
    metrics.recordPatchBytes(route, frame.byteLength);
    return true;
  }

  /** Replaces all the page shows. False when that fits no frame: the browser is told to load the page anew then. */
  sendResync(bodyHtml: string): boolean {
    if (!this.open) return true;
    this.restart();
    try {
      this.sendControl({ type: ControlType.ResyncFull, html: bodyHtml });
      return true;
    } catch (error) {
      if (!(error instanceof FrameTooLargeError)) throw error;
      this.commandReload();
      return false;
    }
  }

  /** Sends again what the client missed after `lastSeq`. False when that is no longer held. */
  replay(lastSeq: number): boolean {
    if (!this.open || lastSeq >= this.seq) return true;
    const frames = this.ring.after(lastSeq, this.seq);
    if (frames === undefined) return false;
    for (const frame of frames) this.connection?.send(frame);
    return true;
  }

  /** The client applied all frames up to `lastSeq` and will not ask for them. */
  acknowledge(lastSeq: number): void {
    if (lastSeq <= this.seq) this.ring.keepLast(this.seq - lastSeq);
  }

  sendError(code: ErrorCode, message: string): void {
    if (this.open)
      this.connection?.send(encodeFrame(FrameType.Error, encodeError({ code, message, fatal: false })));
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
    if (this.open) this.connection?.send(encodeFrame(FrameType.Control, encodeControl(control)));
  }

  private restart(): void {
    this.seq = 0;
    this.ring.clear();
  }
}
