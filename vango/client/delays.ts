import { plain } from './dom';

interface Delayed {
  readonly element: Element;
  readonly dom: string;
  readonly events: Event[];
  readonly send: (events: Event[]) => void;
  timer: number;
}

/** Events that are debounced or throttled. */
export class Delays {
  private readonly waiting = new Set<Delayed>();

  /**
   * Adds an event, and sends it together with others of the same name and element.
   *
   * @param event - The event.
   * @param dom - Its DOM name.
   * @param element - The element that handles it, or the control whose state it carries.
   * @param delay - Milliseconds from the first event until all are sent.
   * @param restarts - Whether each event restarts the delay (debounce instead of throttle).
   * @param send - Sends the events.
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
    delayed.timer = setTimeout(() => this.release(delayed), delay);
  }

  /** Sends all delayed events now, so that input arrives before the action that uses it. */
  flush(): void {
    for (const delayed of [...this.waiting]) this.release(delayed);
  }

  private release(delayed: Delayed): void {
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
