import { type ClientEvent, type EventName, encodeEvent } from '../src/protocol';
import { complain } from './complain';
import { page, plain } from './dom';
import { hidOf } from './nodes';

/** An event on its way. */
interface Kept {
  readonly type: EventName;
  /** An element, or the name of what is none. */
  target: Element | string;
  /** The control or form that the event tells of. */
  source: Element | undefined;
  /** Whether nothing stands for the element any more. */
  isGone?: boolean;
  data: ClientEvent['data'];
  seq: number;
}

/** Events that are kept, of each kind: those that wait, and those that may have been lost on their way. */
const CAPACITY = 100;
/** Of these only the last state counts. */
const STATES = new Set<EventName>(['Input', 'Scroll', 'Navigate']);

/** What becomes of events. */
export interface Post {
  /** Writes an event to the connection. */
  write(event: Uint8Array): void;
  posted(seq: number, type: EventName, source: Element | undefined): void;
  /** The server will not have one. */
  gaveUp(): void;
}

/** Keeps events, in order, until the server has them, or tells the page that they are lost. */
export class Outbox {
  private last = 0;
  private waiting: Kept[] = [];
  /** Sent, and perhaps not there yet. */
  private underWay: Kept[] = [];

  constructor(private readonly post: Post) {}

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  /** Sends an event now. */
  send(type: EventName, target: Element | string, data: ClientEvent['data'], source?: Element): void {
    this.transmit({ type, target, data, source, seq: ++this.last });
  }

  /** Keeps an event for later. */
  hold(type: EventName, target: Element | string, data: ClientEvent['data'], source?: Element): void {
    const newest = this.waiting.at(-1);
    if (newest?.type === type && newest.target === target && newest.source === source && STATES.has(type))
      newest.data = data;
    else if (this.waiting.length < CAPACITY) this.waiting.push({ type, target, data, source, seq: 0 });
    else this.lose({ type, target });
  }

  /** Sends what waited, for elements that are still there. */
  flush(): void {
    for (const event of this.waiting.splice(0)) {
      if (!isThere(event)) this.lose(event);
      else {
        event.seq = ++this.last;
        this.transmit(event);
      }
    }
  }

  /** The server has the events up to `seq`. */
  confirm(seq: number): void {
    const next = this.underWay.findIndex(event => event.seq > seq);
    this.underWay.splice(0, next < 0 ? this.underWay.length : next);
  }

  /** Of the events from before the connection was lost the server has those up to `seq`; later ones are sent again if they may be. */
  recover(seq: number, mayRepeat: boolean): void {
    this.confirm(seq);
    for (const event of this.underWay.splice(0)) {
      if (mayRepeat && isThere(event)) this.transmit(event);
      else this.lose(event);
    }
  }

  /** Has events go to what stands for their elements now. */
  readdress(successorOf: (element: Element) => Element | undefined): void {
    for (const event of [...this.underWay, ...this.waiting]) {
      if (typeof event.target === 'string') continue;
      const successor = successorOf(event.target);
      event.isGone = successor === undefined;
      event.target = successor ?? event.target;
      event.source &&= successorOf(event.source);
    }
  }

  private transmit(event: Kept): void {
    const { type, target, data, source, seq } = event;
    const hid = typeof target === 'string' ? target : hidOf(target);
    try {
      this.post.write(encodeEvent({ seq, type, hid, data, traceparent: traceparent() } as ClientEvent));
    } catch (error) {
      complain(`The ${type} event is too large to send: ${(error as Error).message}`);
      this.lose(event);
      return;
    }
    page.documentElement.classList.remove('vango-lost');
    this.post.posted(seq, type, source);
    this.underWay.push(event);
    if (this.underWay.length > CAPACITY) this.underWay.shift();
  }

  /** What the user did will not be done: a class on the document until something is sent again, and an event. */
  private lose({ type, target }: Pick<Kept, 'type' | 'target'>): void {
    page.documentElement.classList.add('vango-lost');
    page.dispatchEvent(new CustomEvent('vango:lost', { detail: { type, target } }));
    this.post.gaveUp();
  }
}

function isThere({ target, isGone }: Kept): boolean {
  return typeof target === 'string' || (isGone !== true && plain(target).isConnected);
}

/** Trace context of the page, from a tracer the page has: a function at `window.__VANGO_TRACEPARENT__` gives the current traceparent. */
function traceparent(): string | undefined {
  const value = (window as { __VANGO_TRACEPARENT__?: () => string | undefined }).__VANGO_TRACEPARENT__?.();
  return typeof value === 'string' && value.length === 55 ? value : undefined;
}
