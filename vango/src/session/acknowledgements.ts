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
  // Acks of frames of before a redraw may still be on their way, and numbers are used again.
  /** The highest number of such a frame; -1 when there is none. */
  private staleTo = -1;
  /** The last ack that may be one of these. */
  private staleAck = 0;
  /** Redraws whose acks have not begun for sure. */
  private redraws = 0;

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
    if (this.acknowledged >= 0 && (sent > 0 || this.staleTo >= 0)) {
      if (this.staleTo < 0) {
        this.staleAck = this.acknowledged;
        this.redraws = 0;
      }
      this.redraws++;
      this.staleTo = Math.max(sent, this.staleTo);
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
   * before a redraw. Acks rise until a redraw, so each that is lower than the last one is of after
   * another redraw.
   */
  accept(frame: number): boolean {
    if (frame <= this.staleTo) {
      if (frame < this.staleAck) this.redraws--;
      this.staleAck = frame;
      if (this.redraws > 0) {
        while (this.first !== undefined && this.first.lastFrame <= frame) this.removeFirst();
        return false;
      }
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
