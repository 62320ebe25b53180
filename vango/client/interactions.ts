import type { EventName } from '../src/protocol';

/** Changes the page in the continuation of an event. */
export type Continuation = (change: () => void) => void;

/** Events that are remembered at most. */
const CAPACITY = 100;

/**
 * Lets the answer to an event change the page on behalf of that event.
 *
 * Browsers attribute what a promise continuation paints to the interaction in whose task it was
 * created, but not what the listener of a WebSocket paints.
 */
export class Interactions {
  private readonly waiting = new Map<number, Continuation>();

  /**
   * Notes that an event is sent. Must be called in the task of the event.
   *
   * @param startedAt - The `timeStamp` of the event.
   */
  sent(seq: number, type: EventName, startedAt: number): void {
    // An event that is sent again keeps its task.
    if (this.waiting.has(seq)) return;
    const name = `vango:${type}`;
    new Promise<() => void>(resolve => this.waiting.set(seq, resolve)).then(change => {
      change();
      // Browsers keep all measures until they are cleared. Observers have got the earlier ones.
      performance.clearMeasures(name);
      performance.measure(name, { start: startedAt });
    });
    for (const oldest of this.waiting.keys()) {
      if (this.waiting.size > CAPACITY) this.waiting.delete(oldest);
    }
  }

  /** The continuation of an event that waits for an answer. Events before it are answered too. */
  take(answered: number): Continuation | undefined {
    const continuation = this.waiting.get(answered);
    for (const seq of this.waiting.keys()) {
      if (seq <= answered) this.waiting.delete(seq);
    }
    return continuation;
  }
}
