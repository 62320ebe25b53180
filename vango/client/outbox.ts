import { type ClientEvent, type EventName, encodeEvent } from '../src/protocol';
import { page, plain } from './dom';
import { reportError } from './errors';
import { hidOf } from './nodes';

/** An event that the server does not have yet. */
interface QueuedEvent {
  readonly type: EventName;
  /** The element that handles the event, or the hydration ID (HID) of a handler that has none. */
  target: Element | string;
  /** The control or form whose state the event carries. */
  source: Element | undefined;
  /** Whether the element was removed without a successor. */
  isGone?: boolean;
  data: ClientEvent['data'];
  /** The `timeStamp` of the event. */
  startedAt: number;
  seq: number;
}

/** Events kept at most, of those not sent yet and of those not confirmed yet. */
const CAPACITY = 100;
/** Events of which only the last one counts. */
const STATES = new Set<EventName>(['Input', 'Scroll', 'Navigate']);

/** Sends the events of an outbox, and is notified of what happens to them. */
export interface EventTransport {
  /** Writes an encoded event to the connection. */
  write(event: Uint8Array): void;
  /** An event was sent. */
  eventSent(seq: number, type: EventName, source: Element | undefined, startedAt: number): void;
  /** An event was lost. */
  eventLost(): void;
}

/** Keeps events in order until the server has them, or reports that they are lost. */
export class Outbox {
  private last = 0;
  private waiting: QueuedEvent[] = [];
  /** Sent, but not confirmed by the server. */
  private inFlight: QueuedEvent[] = [];

  constructor(private readonly transport: EventTransport) {}

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  /** Sends an event now. */
  send(
    type: EventName,
    target: Element | string,
    data: ClientEvent['data'],
    source: Element | undefined,
    startedAt: number,
  ): void {
    this.transmit({ type, target, data, source, startedAt, seq: ++this.last });
  }

  /** Keeps an event for later. */
  hold(
    type: EventName,
    target: Element | string,
    data: ClientEvent['data'],
    source: Element | undefined,
    startedAt: number,
  ): void {
    const newest = this.waiting.at(-1);
    if (
      newest?.type === type &&
      newest.target === target &&
      newest.source === source &&
      STATES.has(type)
    )
      Object.assign(newest, { data, startedAt });
    else if (this.waiting.length < CAPACITY)
      this.waiting.push({ type, target, data, source, startedAt, seq: 0 });
    else this.lose({ type, target });
  }

  /** Sends the held events whose elements still exist. */
  flush(): void {
    for (const event of this.waiting.splice(0)) {
      if (!isPresent(event)) this.lose(event);
      else {
        event.seq = ++this.last;
        this.transmit(event);
      }
    }
  }

  /** Notes that the server has the events up to `seq`. */
  confirm(seq: number): void {
    const next = this.inFlight.findIndex(event => event.seq > seq);
    this.inFlight.splice(0, next < 0 ? this.inFlight.length : next);
  }

  /**
   * Handles the events of before a reconnect.
   *
   * @param seq - The number of the last event that the server has.
   * @param mayRepeat - Whether later events can be sent again; otherwise they are lost.
   */
  recover(seq: number, mayRepeat: boolean): void {
    this.confirm(seq);
    for (const event of this.inFlight.splice(0)) {
      if (mayRepeat && isPresent(event)) this.transmit(event);
      else this.lose(event);
    }
  }

  /** Retargets events to the successors of their elements. */
  retarget(successorOf: (element: Element) => Element | undefined): void {
    for (const event of [...this.inFlight, ...this.waiting]) {
      if (typeof event.target === 'string') continue;
      const successor = successorOf(event.target);
      event.isGone = successor === undefined;
      event.target = successor ?? event.target;
      event.source &&= successorOf(event.source);
    }
  }

  private transmit(event: QueuedEvent): void {
    const { type, target, data, source, startedAt, seq } = event;
    const hid = typeof target === 'string' ? target : hidOf(target);
    try {
      this.transport.write(
        encodeEvent({ seq, type, hid, data, traceparent: traceparent() } as ClientEvent),
      );
    } catch (error) {
      reportError(`The ${type} event is too large to send: ${(error as Error).message}`);
      this.lose(event);
      return;
    }
    page.documentElement.classList.remove('vango-lost');
    this.transport.eventSent(seq, type, source, startedAt);
    this.inFlight.push(event);
    if (this.inFlight.length > CAPACITY) this.inFlight.shift();
  }

  /** Reports a lost event: by a `vango:lost` event, and by a class until the next event is sent. */
  private lose({ type, target }: Pick<QueuedEvent, 'type' | 'target'>): void {
    page.documentElement.classList.add('vango-lost');
    page.dispatchEvent(new CustomEvent('vango:lost', { detail: { type, target } }));
    this.transport.eventLost();
  }
}

function isPresent({ target, isGone }: QueuedEvent): boolean {
  return typeof target === 'string' || (isGone !== true && plain(target).isConnected);
}

/** The current traceparent, if the page has a tracer that sets `window.__VANGO_TRACEPARENT__`. */
function traceparent(): string | undefined {
  const value = (
    window as { __VANGO_TRACEPARENT__?: () => string | undefined }
  ).__VANGO_TRACEPARENT__?.();
  return typeof value === 'string' && value.length === 55 ? value : undefined;
}
