import type { UnitOfWork } from './unitOfWork';

/** Milliseconds after which an ack says nothing about what a user has waited for. */
const PATIENCE = 30_000;
/** Events that are remembered at most. A browser that sends no acks may be the cause. */
const CAPACITY = 100;

/**
 * What the browser has acknowledged, and the events that it has not. The events are a list by
 * themselves, so that an event needs no further object, and an idle session holds none.
 */
export class Acknowledgements {
  private first: UnitOfWork | undefined;
  private last: UnitOfWork | undefined;
  private events = 0;
  /** The last frame that this socket acknowledged; -1 while it has shown no page. */
  private acknowledged = -1;
  /**
   * Frames of before a redraw whose acks may still be on their way. Their numbers are used again.
   */
  private staleFrom = 0;
  private staleTo = -1;

  /** Events that are remembered. */
  get count(): number {
    return this.events;
  }

  /** Forgets everything: the socket is another one, or gone. */
  reset(): void {
    this.clear();
    this.acknowledged = -1;
    this.staleTo = -1;
  }

  /**
   * Forgets the events: frames count from 1 again.
   *
   * @param sent - the number of the last frame so far
   */
  restart(sent: number): void {
    this.clear();
    if (this.acknowledged >= 0 && sent > 0) {
      const { acknowledged, staleFrom, staleTo } = this;
      this.staleFrom = staleTo < 0 ? acknowledged : Math.min(acknowledged, staleFrom);
      this.staleTo = Math.max(sent, staleTo);
    }
    this.acknowledged = 0;
  }

  /** The browser says that it shows all frames up to this one. */
  continueAfter(frame: number): void {
    this.acknowledged = frame;
  }

  /** Notes that an event wrote frames, the last of them with this number. */
  wrote(unit: UnitOfWork, frame: number): void {
    unit.lastFrame = frame;
    unit.shownAt = 0;
    if (this.last === unit) return;
    if (this.last === undefined) this.first = unit;
    else this.last.nextAwaited = unit;
    this.last = unit;
    this.events++;
    if (this.events > CAPACITY) this.removeFirst();
  }

  /**
   * Takes an ack. Returns false, and forgets the events that it may mean, when it can be one of
   * before a redraw. Acks rise, so a lower number than the last one is of after the redraw.
   */
  accept(frame: number): boolean {
    if (frame >= this.staleFrom && frame <= this.staleTo) {
      this.staleFrom = frame;
      while (this.first !== undefined && this.first.lastFrame <= frame) this.removeFirst();
      return false;
    }
    this.staleTo = -1;
    this.acknowledged = frame;
    return true;
  }

  /**
   * Removes and returns the first event that is shown: it was handled, and its last frame is among
   * those acknowledged.
   */
  takeShown(): UnitOfWork | undefined {
    for (;;) {
      const { first } = this;
      if (first === undefined || first.lastFrame > this.acknowledged) return undefined;
      if (first.shownAt === 0) first.shownAt = performance.now();
      if (first.handledAt === 0) return undefined;
      this.removeFirst();
      if (first.shownAt - first.handledAt <= PATIENCE) return first;
    }
  }

  /** Forgets the events that have waited too long. */
  forgetOld(now: number): void {
    while (this.first !== undefined && now - this.first.handledAt > PATIENCE) {
      if (this.first.handledAt === 0) return;
      this.removeFirst();
    }
  }

  private removeFirst(): void {
    const { first } = this;
    if (first === undefined) return;
    this.first = first.nextAwaited;
    first.nextAwaited = undefined;
    if (this.first === undefined) this.last = undefined;
    this.events--;
  }

  private clear(): void {
    this.first = undefined;
    this.last = undefined;
    this.events = 0;
  }
}
