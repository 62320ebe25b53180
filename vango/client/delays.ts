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

  /** Sends once `delay` milliseconds pass without another such event. */
  debounce(event: Event, dom: string, element: Element, delay: number, send: () => void): void {
    const before = this.find(dom, element);
    if (before !== undefined) this.take(before);
    this.start(event, dom, element, delay, send);
  }

  /** Sends together what comes within `delay` milliseconds. */
  throttle(
    event: Event,
    dom: string,
    element: Element,
    delay: number,
    send: (events: Event[]) => void,
  ): void {
    const before = this.find(dom, element);
    if (before === undefined) this.start(event, dom, element, delay, send);
    else before.events.push(event);
  }

  /** Sends all that waits: what the user did comes before what is done with it. */
  flush(): void {
    for (const delayed of [...this.waiting]) this.end(delayed);
  }

  private start(event: Event, dom: string, element: Element, delay: number, send: Delayed['send']): void {
    const delayed: Delayed = { element, dom, events: [event], send, timer: 0 };
    delayed.timer = setTimeout(() => this.end(delayed), delay);
    this.waiting.add(delayed);
  }

  private take(delayed: Delayed): void {
    clearTimeout(delayed.timer);
    this.waiting.delete(delayed);
  }

  private end(delayed: Delayed): void {
    this.take(delayed);
    if (plain(delayed.element).isConnected) delayed.send(delayed.events);
  }

  private find(dom: string, element: Element): Delayed | undefined {
    for (const delayed of this.waiting) {
      if (delayed.element === element && delayed.dom === dom) return delayed;
    }
    return undefined;
  }
}
