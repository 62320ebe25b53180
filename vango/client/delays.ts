import { plain } from './dom';

interface Delayed {
  readonly element: Element;
  readonly dom: string;
  readonly events: Event[];
  readonly send: (events: Event[]) => void;
  timer: number;
}

/** Events that wait: for the user to pause, or for their turn. */
export class Delays {
  private readonly waiting = new Set<Delayed>();

  /**
   * Sends events of a name and an element together, `delay` milliseconds after the first of them.
   * @param restarts whether the time begins anew with each of them
   */
  add(
    event: Event,
    dom: string,
    element: Element,
    delay: number,
    restarts: boolean,
    send: (events: Event[]) => void,
  ): void {
    const before = this.find(dom, element);
    const delayed = before ?? { element, dom, events: [], send, timer: 0 };
    delayed.events.push(event);
    if (before !== undefined && !restarts) return;
    this.waiting.add(delayed);
    clearTimeout(delayed.timer);
    delayed.timer = setTimeout(() => this.end(delayed), delay);
  }

  /** Sends all that waits: what the user did comes before what is done with it. */
  flush(): void {
    for (const delayed of [...this.waiting]) this.end(delayed);
  }

  private end(delayed: Delayed): void {
    clearTimeout(delayed.timer);
    this.waiting.delete(delayed);
    if (plain(delayed.element).isConnected) delayed.send(delayed.events);
  }

  private find(dom: string, element: Element): Delayed | undefined {
    for (const delayed of this.waiting) {
      if (delayed.element === element && delayed.dom === dom) return delayed;
    }
    return undefined;
  }
}
