import {
  type ClientEvent,
  ControlType,
  decodeControl,
  decodeError,
  decodePatches,
  type EventName,
  encodeAck,
  encodeControl,
  encodeEvent,
  FrameType,
  HelloStatus,
} from '../src/protocol';
import { complain } from './complain';
import { Connection, type ConnectionListener } from './connection';
import { EventListeners, type EventSink } from './events';
import { History, here } from './history';
import { type Hook, Hooks } from './hooks';
import { hidOf, NodeMap } from './nodes';
import { Optimistic } from './optimistic';
import { Patcher } from './patches';
import { Unanswered } from './unanswered';

const ACK_WINDOW = 100;
const RELOADED_AT = '__vango_reloaded_at';
const RELOAD_PAUSE = 5000;
/** Milliseconds a server has to draw a page anew that came back. */
const REDRAW_WAIT = 1000;
const RELOADING = new Set<HelloStatus>([HelloStatus.SessionExpired, HelloStatus.NotAuthorized]);

/** The page's side of a session. */
class Client implements ConnectionListener, EventSink {
  private readonly nodes = new NodeMap();
  private readonly history = new History();
  private readonly optimism = new Optimistic();
  private readonly unanswered = new Unanswered();
  private readonly hooks = new Hooks((hid, name, data) =>
    this.send('Hook', hid, { name, data } as ClientEvent['data']),
  );
  private readonly patcher = new Patcher(this.nodes, this.history, this.hooks, this.unanswered);
  private readonly connection: Connection;
  private sent = 0;
  private expected = 1;
  private resyncing = false;
  private hasConnected = false;
  private waiting: Array<{
    type: EventName;
    target: Element | string;
    data: ClientEvent['data'];
    source: Element | undefined;
  }> = [];

  constructor(url: string) {
    this.connection = new Connection(url, this);
  }

  start(): void {
    this.nodes.rebuild();
    new EventListeners(this, this.unanswered).start();
    this.hooks.mount(document);
    this.connection.open();
  }

  /** Brings elements with `data-hook="name"` to life. */
  registerHook(name: string, hook: new () => Hook): void {
    this.hooks.register(name, hook);
  }

  /** Connects again now, without waiting for the next try. */
  retryConnect(): void {
    this.connection.retry();
  }

  get connected(): boolean {
    return this.connection.connected;
  }

  send(type: EventName, target: Element | string, data: ClientEvent['data'], source?: Element): void {
    if (!this.connected || this.waiting.length > 0) {
      this.waiting.push({ type, target, data, source });
      return;
    }
    const hid = target instanceof Element ? hidOf(target) : target;
    const event = { seq: ++this.sent, type, hid, data, traceparent: traceparent() } as ClientEvent;
    try {
      this.connection.send(FrameType.Event, encodeEvent(event));
      this.unanswered.send(this.sent, type, source);
    } catch (error) {
      this.optimism.revert();
      this.unanswered.forget();
      complain(`The ${type} event is too large to send: ${(error as Error).message}`);
    }
  }

  optimistic(element: Element): void {
    this.optimism.apply(element);
  }

  navigate(path: string, replace: boolean): void {
    this.history.pending = path;
    this.send('Navigate', 'nav', { path, replace });
  }

  moved(): void {
    if (this.connected && this.history.hasMoved) this.navigate(here(), true);
  }

  opened(): void {
    this.resyncing = false;
    // A page that comes back is drawn anew, and only then do its elements have the names the server knows.
    if (this.hasConnected) setTimeout(() => this.flush(), REDRAW_WAIT);
    else this.flush();
    this.hasConnected = true;
  }

  /** Sends what waited for a connection, for elements that are still there. */
  private flush(): void {
    if (!this.connected) return;
    const waiting = this.waiting;
    this.waiting = [];
    for (const { type, target, data, source } of waiting) {
      if (typeof target === 'string' || target.isConnected) this.send(type, target, data, source);
    }
  }

  lost(): void {
    this.unanswered.lose();
    if (this.history.pending !== undefined) location.assign(this.history.pending);
  }

  refused(status: HelloStatus): void {
    console.error(`[vango] the server refused the connection (status ${status})`);
    if (status === HelloStatus.LimitExceeded)
      document.documentElement.dataset.vangoDisconnectReason = 'ip_limit';
    if (!RELOADING.has(status)) return;
    this.connection.forget();
    this.reload();
  }

  frame(type: number, payload: Uint8Array): void {
    if (type === FrameType.Patches) this.patch(payload);
    else if (type === FrameType.Control) this.control(payload);
    else if (type === FrameType.Error) this.fail(payload);
  }

  /** Page and server no longer agree: start over from what the server shows. */
  broken(error: unknown): void {
    console.error('[vango]', error);
    this.reload();
  }

  private patch(payload: Uint8Array): void {
    const { seq, answered, patches } = decodePatches(payload);
    if (seq < this.expected) return;
    if (seq > this.expected) {
      if (this.resyncing) return;
      this.resyncing = true;
      const request = encodeControl({ type: ControlType.ResyncRequest, lastSeq: this.expected - 1 });
      this.connection.send(FrameType.Control, request);
      return;
    }
    this.expected = seq + 1;
    this.resyncing = false;
    this.connection.lastSeq = seq;
    this.optimism.keep();
    this.unanswered.answer(answered);
    try {
      this.patcher.apply(patches);
    } finally {
      this.connection.send(FrameType.Ack, encodeAck({ lastSeq: seq, window: ACK_WINDOW }));
    }
  }

  private control(payload: Uint8Array): void {
    const control = decodeControl(payload);
    switch (control.type) {
      case ControlType.ResyncFull:
        this.redraw(control.html);
        this.expected = 1;
        this.resyncing = false;
        this.connection.lastSeq = 0;
        break;
      case ControlType.Close:
        this.connection.close();
        break;
      case ControlType.HookRevert:
        this.hooks.revert(this.nodes.get(control.hid));
        break;
      case ControlType.AuthCommand:
        this.command(
          control.action,
          control.path,
          control.channel || 'vango:auth',
          control.message || 'expired',
        );
    }
  }

  private redraw(html: string): void {
    const replaced = this.patcher.replaceBody(html);
    for (const event of this.waiting) {
      if (typeof event.target !== 'string') event.target = replaced.get(event.target) ?? event.target;
    }
    this.flush();
  }

  /** AuthCommand actions: 1 reload, 2 load another page, 3 tell all tabs (protocol §8). */
  private command(action: number, path: string, channel: string, type: string): void {
    const tabs = new BroadcastChannel(channel);
    tabs.postMessage({ type });
    tabs.close();
    if (action === 1 || action === 2) this.connection.forget();
    if (action === 1) this.reload();
    if (action === 2) location.assign(path || location.pathname);
  }

  private fail(payload: Uint8Array): void {
    const { code, message, fatal } = decodeError(payload);
    this.optimism.revert();
    this.unanswered.forget();
    console.error(`[vango] error ${code}: ${message}`);
    document.dispatchEvent(new CustomEvent('vango:error', { detail: { code, message, fatal } }));
    if (fatal) this.connection.close();
  }

  /** Loads the page anew, but not over and over: a page that fails again at once stays as it is. */
  private reload(): void {
    this.connection.close();
    if (this.history.pending !== undefined) {
      location.assign(this.history.pending);
      return;
    }
    const last = Number(sessionStorage.getItem(RELOADED_AT) ?? 0);
    if (Date.now() - last < RELOAD_PAUSE) return;
    sessionStorage.setItem(RELOADED_AT, String(Date.now()));
    location.reload();
  }
}

/** Trace context of the page, from a tracer the page has: a function at `window.__VANGO_TRACEPARENT__` gives the current traceparent. */
function traceparent(): string | undefined {
  const value = (window as { __VANGO_TRACEPARENT__?: () => string | undefined }).__VANGO_TRACEPARENT__?.();
  return typeof value === 'string' && value.length === 55 ? value : undefined;
}

function start(): void {
  const script = document.querySelector<HTMLScriptElement>('script[data-vango]');
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  const path = encodeURIComponent(location.pathname + location.search);
  const fallback = `/_vango/live?path=${path}`;
  const url = new URL(script?.dataset.wsUrl ?? fallback, `${scheme}//${location.host}`);
  const client = new Client(url.href);
  (window as { __vango__?: Client }).__vango__ = client;
  const auth = new BroadcastChannel('vango:auth');
  auth.onmessage = ({ data }) => {
    if (data?.type === 'expired' || data?.type === 'logout') location.reload();
  };
  client.start();
}

if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start);
else start();
