import {
  AuthAction,
  type ClientEvent,
  type Control,
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
import { Connection, type ConnectionListener } from './connection';
import { page } from './dom';
import { reportError } from './errors';
import { EventListeners, type EventSink, showHash } from './events';
import { History, here, resolve } from './history';
import { type Hook, Hooks } from './hooks';
import { type Continuation, Interactions } from './interactions';
import { LocalChanges } from './localChanges';
import type { morphBody } from './morph';
import { NodeMap } from './nodes';
import { showNotice } from './notice';
import { OptimisticUpdates } from './optimistic';
import { type EventTransport, Outbox } from './outbox';
import { Patcher } from './patches';
import { ResyncContent } from './resyncContent';
import { tabStorage } from './storage';
import { Unanswered } from './unanswered';

/** Frames that the client can take before it acknowledges the next one. */
const ACK_WINDOW = 100;
/** A number that no frame has; a hello that names it makes the server send a full resync. */
const NO_FRAME = 0xffffffff;
const RELOADED_AT = '__vango_reloaded_at';
/** Milliseconds in which a page is reloaded at most once. */
const RELOAD_PAUSE = 5000;
/** Milliseconds after which a reconnected page counts as in sync if the server sends no receipt. */
const SYNC_TIMEOUT = 1000;
/** Answers to a hello after which a reloaded page can get a new session. */
const RELOADING = new Set<HelloStatus>([HelloStatus.SessionExpired, HelloStatus.NotAuthorized]);

type AuthCommand = Extract<Control, { type: typeof ControlType.AuthCommand }>;

/** A frame, as its type and its payload. */
type ReceivedFrame = [type: number, payload: Uint8Array];

/** The browser's side of a session. */
export class Client implements ConnectionListener, EventSink, EventTransport {
  private readonly nodes = new NodeMap();
  private readonly history = new History();
  private readonly optimistic = new OptimisticUpdates();
  private readonly unanswered = new Unanswered();
  private readonly hooks = new Hooks((hid, name, data) =>
    this.send('Hook', hid, { name, data } as ClientEvent['data']),
  );
  private readonly patcher = new Patcher(this.nodes, this.history, this.hooks, this.unanswered);
  private readonly connection: Connection;
  private readonly changes = new LocalChanges();
  private readonly outbox = new Outbox(this);
  private readonly interactions = new Interactions();
  /** A full resync that has not arrived completely. */
  private resync: ResyncContent | undefined;
  /** Frames that arrived while an earlier one was yet to change the page. */
  private backlog: ReceivedFrame[] | undefined;
  /** The number of the next patch frame. */
  private expectedSeq = 1;
  /** Whether missed frames were requested. */
  private resyncing = false;
  private hasConnected = false;
  /** Whether the page has the elements that the server has, so that events can be sent. */
  private isInSync = false;
  /** Whether the current connection is a reconnection. */
  private isReconnection = false;
  private syncTimer: number | undefined;

  constructor(
    url: URL,
    private readonly morphScript: string,
  ) {
    this.connection = new Connection(url, this);
  }

  /** Starts listening to the page, and connects. */
  start(): void {
    this.nodes.rebuild();
    new EventListeners(this, this.unanswered).start();
    this.hooks.mount(document);
    this.changes.start();
    this.connection.open();
  }

  /**
   * Registers a hook for elements with `data-hook="name"`, now and later.
   *
   * @param name - The name of the hook.
   * @param hook - Its class; each element gets an instance.
   */
  registerHook(name: string, hook: new () => Hook): void {
    this.hooks.register(name, hook);
  }

  /** Reconnects now instead of at the next scheduled attempt. */
  retryConnect(): void {
    this.connection.retry();
  }

  /** Whether the server accepted the hello. */
  get connected(): boolean {
    return this.connection.connected;
  }

  send(
    type: EventName,
    target: Element | string,
    data: ClientEvent['data'],
    source?: Element,
    startedAt = window.event?.timeStamp ?? performance.now(),
  ): void {
    const isReady =
      this.connected && (this.isInSync || !this.isReconnection) && this.outbox.isEmpty;
    this.outbox[isReady ? 'send' : 'hold'](type, target, data, source, startedAt);
  }

  write(event: Uint8Array): void {
    this.connection.send(FrameType.Event, event);
  }

  eventSent(seq: number, type: EventName, source: Element | undefined, startedAt: number): void {
    this.unanswered.send(seq, type, source);
    this.interactions.sent(seq, type, startedAt);
  }

  eventLost(): void {
    this.optimistic.revert();
    this.unanswered.forgetSubmits();
  }

  applyOptimistic(element: Element): void {
    this.optimistic.apply(element);
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

  traversed(): void {
    const path = this.history.traverse();
    if (path !== undefined) this.navigate(path, true);
  }

  opened(): void {
    this.resyncing = false;
    this.isInSync = false;
    this.isReconnection = this.hasConnected;
    this.hasConnected = true;
    this.awaitSync();
  }

  /** Starts the timeout for servers that send no receipt after their hello. */
  private awaitSync(): void {
    this.syncTimer = setTimeout(() => {
      this.unanswered.forgetSubmits();
      this.synced();
    }, SYNC_TIMEOUT);
  }

  /** Sends the events that were held until the page is in sync. */
  private synced(): void {
    clearTimeout(this.syncTimer);
    this.isInSync = true;
    if (this.connected) this.outbox.flush();
  }

  lost(): void {
    clearTimeout(this.syncTimer);
    this.isInSync = false;
  }

  refused(status: HelloStatus): void {
    console.error(`[vango] the server refused the connection (status ${status})`);
    if (status === HelloStatus.LimitExceeded)
      page.documentElement.dataset.vangoDisconnectReason = 'ip_limit';
    if (!RELOADING.has(status)) return;
    this.connection.forget();
    this.reload();
  }

  frame(type: number, payload: Uint8Array): void {
    if (this.backlog !== undefined) this.backlog.push([type, payload]);
    else if (type === FrameType.Patches) this.patch(payload);
    else if (type === FrameType.Control) this.control(payload);
    else if (type === FrameType.Error) this.error(payload);
    else if (type === FrameType.Ack) this.receipt(payload);
  }

  /** Reloads the page, because it differs from what the server has. */
  broken(error: unknown): void {
    console.error('[vango]', error);
    this.reload();
  }

  private patch(payload: Uint8Array): void {
    const { seq, answered, patches } = decodePatches(payload);
    if (seq < this.expectedSeq) return;
    if (seq > this.expectedSeq) {
      if (this.resyncing) return;
      this.resyncing = true;
      const request = encodeControl({
        type: ControlType.ResyncRequest,
        lastSeq: this.expectedSeq - 1,
      });
      this.connection.send(FrameType.Control, request);
      return;
    }
    this.expectedSeq = seq + 1;
    this.resyncing = false;
    this.connection.lastSeq = seq;
    this.optimistic.keep();
    this.unanswered.answer(answered);
    const change = (): void => this.applyFrame(seq, patches);
    let continuation: Continuation | undefined;
    if (answered !== undefined) {
      this.outbox.confirm(answered);
      continuation = this.interactions.take(answered);
    }
    if (continuation === undefined) {
      change();
      return;
    }
    const release = this.holdFrames();
    continuation(() => {
      try {
        release(change);
      } catch (error) {
        this.broken(error);
      }
    });
  }

  /**
   * Holds the frames that arrive, so that they stay in order.
   *
   * @returns A function that applies what they wait for, and then these frames.
   */
  private holdFrames(): (change: () => void) => void {
    const held: ReceivedFrame[] = [];
    this.backlog = held;
    return change => {
      this.backlog = undefined;
      change();
      for (const frame of held) this.frame(...frame);
    };
  }

  private applyFrame(seq: number, patches: Patch[]): void {
    try {
      this.changes.excluding(() => this.apply(patches));
    } finally {
      this.connection.send(FrameType.Ack, encodeAck({ lastSeq: seq, window: ACK_WINDOW }));
    }
  }

  private apply(patches: Patch[]): void {
    if (this.resync === undefined) {
      this.patcher.apply(patches);
      this.history.restoreScroll();
    } else {
      this.resync.apply(patches);
      this.showResync(this.resync);
    }
  }

  /** Handles the ack after a hello: the page is in sync (docs/protocol.md, section 15). */
  private receipt(payload: Uint8Array): void {
    const { lastSeq, window } = decodeAck(payload);
    if (this.isReconnection) this.outbox.recover(lastSeq, window > 0);
    this.synced();
  }

  private control(payload: Uint8Array): void {
    const control = decodeControl(payload);
    switch (control.type) {
      case ControlType.ResyncFull:
        this.resync = new ResyncContent(control.html);
        this.showResync(this.resync);
        this.expectedSeq = 1;
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
        this.authCommand(control);
    }
  }

  /** Shows a full resync once it is complete. Frames that arrive meanwhile are handled later. */
  private showResync(resync: ResyncContent): void {
    clearTimeout(this.syncTimer);
    if (!resync.isComplete) return;
    this.resync = undefined;
    const release = this.holdFrames();
    (import(this.morphScript) as Promise<typeof import('./morph')>)
      .then(({ morphBody }) =>
        release(() => this.changes.excluding(() => this.show(morphBody, resync.fragment))),
      )
      .catch(error => {
        this.backlog = undefined;
        console.error(
          '[vango] the page could not show a full resync; it asks for another one',
          error,
        );
        this.connection.lastSeq = NO_FRAME;
        this.connection.reconnect();
      });
  }

  private show(morph: typeof morphBody, content: DocumentFragment): void {
    // Until the page is in sync, the server may use other HIDs for its elements.
    const successorOf = this.patcher.redraw(morph, content, this.isInSync, this.changes);
    this.outbox.retarget(successorOf);
    // The new content may include the answer to a submit.
    this.unanswered.forgetSubmits();
    this.history.restoreScroll();
    if (!this.isInSync) this.awaitSync();
  }

  private authCommand({ action, path, channel, message }: AuthCommand): void {
    const tabs = new BroadcastChannel(channel || 'vango:auth');
    tabs.postMessage({ type: message || 'expired' });
    tabs.close();
    const { ForceReload, HardNavigate } = AuthAction;
    if (action === ForceReload || action === HardNavigate) this.connection.forget();
    if (action === ForceReload) this.reload();
    if (action === HardNavigate) location.assign(path || location.pathname);
  }

  private error(payload: Uint8Array): void {
    const { code, message, fatal } = decodeError(payload);
    this.optimistic.revert();
    this.unanswered.forgetSubmits();
    reportError(message, code, fatal);
    if (fatal) this.connection.close();
  }

  /** Reloads the page, or shows the notice if it was reloaded within `RELOAD_PAUSE`. */
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
