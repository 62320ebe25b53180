import { setImmediate } from 'node:timers/promises';
import type { Session } from '../internal-types';

/** Milliseconds that one round may take: to measure a session takes a part of one. */
const ROUND = 10;
/** Milliseconds after which the event loop turns. */
const SLICE = 0.5;

/** How much memory sessions hold, as it was measured last. */
export class MemoryReadings {
  private readonly bytes = new WeakMap<Session, number>();
  private next: Iterator<Session> | undefined;

  /** Undefined for a session that was not measured yet. */
  of(session: Session): number | undefined {
    return this.bytes.get(session);
  }

  /** Measures some of all sessions. Goes on where the last round ended. */
  async round(all: Iterable<Session>): Promise<void> {
    this.next ??= all[Symbol.iterator]();
    if (await this.run(this.next, ROUND)) this.next = undefined;
  }

  async measure(sessions: Iterable<Session>): Promise<void> {
    await this.run(sessions[Symbol.iterator](), Number.POSITIVE_INFINITY);
  }

  /** Returns whether all are measured. */
  private async run(sessions: Iterator<Session>, milliseconds: number): Promise<boolean> {
    for (let left = milliseconds; left > 0; await setImmediate()) {
      const startedAt = performance.now();
      if (this.measureSlice(sessions)) return true;
      left -= performance.now() - startedAt;
    }
    return false;
  }

  private measureSlice(sessions: Iterator<Session>): boolean {
    const end = performance.now() + SLICE;
    do {
      const { value, done } = sessions.next();
      if (done === true) return true;
      this.bytes.set(value, value.memory ?? 0);
    } while (performance.now() < end);
    return false;
  }
}
