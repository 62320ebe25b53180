/**
 * The last patch frames that are not acknowledged, for clients that missed some (docs/protocol.md,
 * section 11.2).
 */
export class ReplayBuffer {
  private frames: Uint8Array[] = [];

  /** @param capacity - frames kept, at least 1 */
  constructor(private readonly capacity: number) {}

  push(frame: Uint8Array): void {
    this.frames.push(frame);
    if (this.frames.length > this.capacity) this.frames.shift();
  }

  /** Drops frames until only the last `count` are left. */
  keepLast(count: number): void {
    if (count < this.frames.length) this.frames.splice(0, this.frames.length - count);
  }

  clear(): void {
    this.frames = [];
  }

  /** The frames after `lastSeq` up to `sent`; undefined when one of them was dropped. */
  after(lastSeq: number, sent: number): Uint8Array[] | undefined {
    const missing = sent - lastSeq;
    return missing > this.frames.length
      ? undefined
      : this.frames.slice(this.frames.length - missing);
  }

  get byteLength(): number {
    let bytes = 0;
    for (const frame of this.frames) bytes += frame.byteLength;
    return bytes;
  }
}
