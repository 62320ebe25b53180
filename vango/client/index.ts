import {
  type ClientEvent,
  ControlType,
  decodeAck,
  decodeControl,
  decodeError,
  decodePatches,
  type EventName,
  encodeAck,
  encodeControl,
  FrameType,
  HelloStatus,
  type Patch,
} from '../src/protocol';
import { OwnChanges } from './changes';
import { Connection, type ConnectionListener } from './connection';
import { page } from './dom';
import { Drawing } from './drawing';
import { EventListeners, type EventSink, showHash } from './events';
import { History, here, resolve } from './history';
import { type Hook, Hooks } from './hooks';
import type { morphBody } from './morph';
import { NodeMap } from './nodes';
import { showNotice } from './notice';
import { Optimistic } from './optimistic';
import { Outbox, type Post } from './outbox';
import { Patcher } from './patches';
import { tabStorage } from './storage';
import { Unanswered } from './unanswered';

const ACK_WINDOW = 100;
const NO_FRAME = 0xffffffff;
const RELOADED_AT = '__vango_reloaded_at';
const RELOAD_PAUSE = 5000;
/** Milliseconds a server has to bring a page in step that came back. */
const CATCH_UP_WAIT = 1000;
const RELOADING = new Set<HelloStatus>([HelloStatus.SessionExpired, HelloStatus.NotAuthorized]);

/** The page's side of a session. */
class Client implements ConnectionListener, EventSink, Post {
  private readonly nodes = new NodeMap();
  private readonly history = new History();
  private readonly optimism = new Optimistic();
  private readonly unanswered = new Unanswered();
  private readonly hooks = new Hooks((hid, name, data) =>
    this.send('Hook', hid, { name, data } as ClientEvent['data']),
  );
  private readonly patcher = new Patcher(this.nodes, this.history, this.hooks, this.unanswered);
  private readonly connection: Connection;
  private readonly changes = new OwnChanges();
  private readonly outbox = new Outbox(this);
  /** What the page is becoming. */
  private drawing: Drawing | undefined;
  /** Frames that came while the page could not be changed. */
  private backlog: Array<[type: number, payload: Uint8Array]> | undefined;
  private expected = 1;
  private resyncing = false;
  private hasConnected = false;
  /** Whether elements have the names that the server has for them. */
  private isInStep = false;
  /** Whether the document was connected before. */
  private comesBack = false;
  private catchUpTimer: number | undefined;

  constructor(
    url: URL,
    private readonly morphScript: string,
  ) {
    this.connection = new Connection(url, this);
  }

  start(): void {
    this.nodes.rebuild();
    new EventListeners(this, this.unanswered).start();
    this.hooks.mount(document);
    this.changes.start();
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
    const isReady = this.connected && (this.isInStep || !this.comesBack) && this.outbox.isEmpty;
    this.outbox[isReady ? 'send' : 'hold'](type, target, data, source);
  }

  write(event: Uint8Array): void {
    this.connection.send(FrameType.Event, event);
  }

  posted(seq: number, type: EventName, source: Element | undefined): void {
    this.unanswered.send(seq, type, source);
  }

  gaveUp(): void {
    this.optimism.revert();
    this.unanswered.forget();
  }

  optimistic(element: Element): void {
    this.optimism.apply(element);
  }

  navigate(path: string, replace: boolean): void {
    const target = resolve(path);
    if (target === undefined) return;
    const place = target.path + target.search;
    if (place === here() && this.history.pending === undefined && target.hash !== '') {
      showHash(target.hash, replace);
      return;
    }
    this.history.pending = place + target.hash;
    this.send('Navigate', 'nav', { path: this.history.pending, replace });
  }

  moved(): void {
    const path = this.history.moved();
    if (path !== undefined) this.navigate(path, true);
  }

  opened(): void {
    this.resyncing = false;
    this.isInStep = false;
    this.comesBack = this.hasConnected;
    this.hasConnected = true;
    this.expectStep();
  }

  /** Other servers than ours do not say when a page is in step, nor what has reached them. */
  private expectStep(): void {
    this.catchUpTimer = setTimeout(() => {
      this.unanswered.forget();
      this.inStep();
    }, CATCH_UP_WAIT);
  }

  /** The page shows what the server has it show: what the user did meanwhile can be sent. */
  private inStep(): void {
    clearTimeout(this.catchUpTimer);
    this.isInStep = true;
    if (this.connected) this.outbox.flush();
  }

  lost(): void {
    clearTimeout(this.catchUpTimer);
    this.isInStep = false;
  }

  refused(status: HelloStatus): void {
    console.error(`[vango] the server refused the connection (status ${status})`);
    if (status === HelloStatus.LimitExceeded) page.documentElement.dataset.vangoDisconnectReason = 'ip_limit';
    if (!RELOADING.has(status)) return;
    this.connection.forget();
    this.reload();
  }

  frame(type: number, payload: Uint8Array): void {
    if (this.backlog !== undefined) this.backlog.push([type, payload]);
    else if (type === FrameType.Patches) this.patch(payload);
    else if (type === FrameType.Control) this.control(payload);
    else if (type === FrameType.Error) this.fail(payload);
    else if (type === FrameType.Ack) this.receipt(payload);
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
    if (answered !== undefined) this.outbox.confirm(answered);
    try {
      this.changes.apart(() => this.apply(patches));
    } finally {
      this.connection.send(FrameType.Ack, encodeAck({ lastSeq: seq, window: ACK_WINDOW }));
    }
  }

  private apply(patches: Patch[]): void {
    if (this.drawing === undefined) {
      this.patcher.apply(patches);
      this.history.settle();
    } else {
      this.drawing.apply(patches);
      this.draw(this.drawing);
    }
  }

  /** Our server's word, after its hello, that the page is in step, and which events of before it has. */
  private receipt(payload: Uint8Array): void {
    const { lastSeq, window } = decodeAck(payload);
    if (this.comesBack) this.outbox.recover(lastSeq, window > 0);
    this.inStep();
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
    this.drawing = new Drawing(html);
    this.draw(this.drawing);
  }

  /** Shows what came, once it is whole; what comes meanwhile has its turn after that. */
  private draw(drawing: Drawing): void {
    clearTimeout(this.catchUpTimer);
    if (!drawing.isComplete) return;
    this.drawing = undefined;
    const backlog: Array<[type: number, payload: Uint8Array]> = [];
    this.backlog = backlog;
    (import(this.morphScript) as Promise<typeof import('./morph')>)
      .then(({ morphBody }) => {
        this.backlog = undefined;
        this.changes.apart(() => this.show(morphBody, drawing));
        for (const frame of backlog) this.frame(...frame);
      })
      .catch(error => {
        this.backlog = undefined;
        console.error('[vango] the page could not be drawn anew', error);
        // No frame has this number: the server draws the page anew.
        this.connection.lastSeq = NO_FRAME;
        this.connection.abandon();
      });
  }

  private show(morph: typeof morphBody, { content }: Drawing): void {
    // While a page comes back, the server may have numbered its elements anew.
    const successorOf = this.patcher.redraw(morph, content, this.isInStep, this.changes);
    this.outbox.readdress(successorOf);
    // What was to answer a submit may be part of what is shown now.
    this.unanswered.forget();
    this.history.settle();
    if (!this.isInStep) this.expectStep();
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
    page.dispatchEvent(new CustomEvent('vango:error', { detail: { code, message, fatal } }));
    if (fatal) this.connection.close();
  }

  /** Loads the page anew, but not over and over: a page that fails again at once stays as it is. */
  private reload(): void {
    this.connection.close();
    if (this.history.pending !== undefined) {
      location.assign(this.history.pending);
      return;
    }
    if (Date.now() - Number(tabStorage.get(RELOADED_AT)) < RELOAD_PAUSE) {
      showNotice();
      return;
    }
    tabStorage.set(RELOADED_AT, String(Date.now()));
    location.reload();
  }
}

function start(): void {
  const script = page.querySelector<HTMLScriptElement>('script[data-vango]');
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  const path = encodeURIComponent(location.pathname + location.search);
  const fallback = `/_vango/live?path=${path}`;
  const url = new URL(script?.dataset.wsUrl ?? fallback, `${scheme}//${location.host}`);
  const morphScript = new URL('morph.js', script?.src ?? `${location.origin}/_vango/`);
  const client = new Client(url, morphScript.href);
  (window as { __vango__?: Client }).__vango__ = client;
  const auth = new BroadcastChannel('vango:auth');
  auth.onmessage = ({ data }) => {
    if (data?.type === 'expired' || data?.type === 'logout') location.reload();
  };
  client.start();
}

if (page.readyState === 'loading') page.addEventListener('DOMContentLoaded', start);
else start();
