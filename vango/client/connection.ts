import {
  ControlType,
  decodeExactFrame,
  decodeServerHello,
  encodeClientHello,
  encodeControl,
  encodeFrame,
  FrameType,
  HelloStatus,
  type ServerHello,
} from '../src/protocol';
import { page } from './dom';
import { hideNotice, showNotice } from './notice';
import { tabStorage } from './storage';

export type ConnectionState = 'connecting' | 'connected' | 'reconnecting' | 'disconnected';

/** Receives what happens on a connection. */
export interface ConnectionListener {
  /** The hello was accepted; frames may be sent. */
  opened(): void;
  /** A frame was received. */
  frame(type: number, payload: Uint8Array): void;
  /** The connection was lost; the next attempt is scheduled. */
  lost(): void;
  /** The server refused the hello. */
  refused(status: HelloStatus): void;
  /** A frame was malformed, or could not be applied to the page. */
  broken(error: unknown): void;
}

const SESSION_ID = '__vango_session_id';
const LAST_SEQ = '__vango_last_seq';
/** Milliseconds. */
const PING_INTERVAL = 30_000;
/** Milliseconds. A socket that stays silent for longer after a check is replaced. */
const RESPONSE_TIMEOUT = 5_000;
/** Milliseconds. */
const MAX_DELAY = 30_000;
/** Random share of a delay, from 0 to 1, so that browsers do not all reconnect at once. */
const JITTER = 0.5;

/** The WebSocket to the server: hello, heartbeat, and reconnection with backoff. */
export class Connection {
  state: ConnectionState = 'disconnected';
  private socket: WebSocket | undefined;
  private greeted = false;
  /** Whether this document was connected before. */
  private wasConnected = false;
  private attempts = 0;
  private mayRetry = true;
  /** Whether a frame was received since the last ping. */
  private heard = false;
  private heartbeat: number | undefined;
  private retryTimer: number | undefined;
  /** Timer that replaces a silent socket. */
  private deadline: number | undefined;

  constructor(
    private readonly url: URL,
    private readonly listener: ConnectionListener,
  ) {
    addEventListener('online', () => this.wake());
    page.addEventListener('visibilitychange', () => {
      if (!page.hidden) this.wake();
    });
    addEventListener('pageshow', () => this.wake());
    addEventListener('pagehide', ({ persisted }) => {
      // Browsers keep a page in the back/forward cache only if it has no open socket.
      if (persisted && this.socket !== undefined) this.reconnect();
    });
  }

  get connected(): boolean {
    return this.state === 'connected';
  }

  open(): void {
    clearTimeout(this.retryTimer);
    if (this.socket !== undefined) return;
    this.greeted = false;
    this.setState(this.wasConnected || this.attempts > 0 ? 'reconnecting' : 'connecting');
    // Whether the page shows applied patches (1) or only what was loaded (0).
    this.url.searchParams.set('live', this.wasConnected ? '1' : '0');
    const socket = new WebSocket(this.url);
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    socket.onopen = () => {
      clearTimeout(this.deadline);
      socket.send(encodeFrame(FrameType.Handshake, this.hello()));
    };
    socket.onmessage = ({ data }) => {
      if (!(data instanceof ArrayBuffer)) return;
      try {
        this.receive(new Uint8Array(data));
      } catch (error) {
        this.listener.broken(error);
      }
    };
    socket.onclose = ({ wasClean }) => this.closed(wasClean);
  }

  send(type: FrameType, payload: Uint8Array): void {
    if (this.connected) this.socket?.send(encodeFrame(type, payload));
  }

  /** Connects now, and reconnects after later losses even if `close()` was called. */
  retry(): void {
    this.mayRetry = true;
    this.open();
  }

  /** Closes the connection until `retry()` is called. */
  close(): void {
    this.mayRetry = false;
    this.socket?.close(1000, 'Client closing');
  }

  /** The number of the last patch frame that was applied; sent with the next hello. */
  set lastSeq(seq: number) {
    tabStorage.set(LAST_SEQ, String(seq));
  }

  /** Forgets the session, so that the next hello asks for a new one. */
  forget(): void {
    tabStorage.set(SESSION_ID, '');
    tabStorage.set(LAST_SEQ, '');
  }

  private hello(): Uint8Array {
    return encodeClientHello({
      major: 2,
      minor: 0,
      csrf: csrfToken(),
      sessionId: tabStorage.get(SESSION_ID),
      lastSeq: Number(tabStorage.get(LAST_SEQ)),
      viewportWidth: innerWidth,
      viewportHeight: innerHeight,
      timezoneOffset: -new Date().getTimezoneOffset(),
    });
  }

  private receive(message: Uint8Array): void {
    const { type, payload } = decodeExactFrame(message);
    this.heard = true;
    clearTimeout(this.deadline);
    if (this.greeted) this.listener.frame(type, payload);
    else if (type === FrameType.Handshake) this.onHello(decodeServerHello(payload));
    else throw new Error(`The first frame has type ${type}; the server must send its hello first`);
  }

  private onHello(hello: ServerHello): void {
    this.greeted = true;
    if (hello.status !== HelloStatus.OK) {
      this.close();
      this.listener.refused(hello.status as HelloStatus);
      return;
    }
    tabStorage.set(SESSION_ID, hello.sessionId);
    // The number belongs to an earlier document.
    if (!this.wasConnected) this.lastSeq = 0;
    this.wasConnected = true;
    this.attempts = 0;
    this.setState('connected');
    this.heartbeat = setInterval(() => this.checkHeartbeat(), PING_INTERVAL);
    this.listener.opened();
  }

  /** Detects a lost network, which closes no socket, by the missing pong. */
  private checkHeartbeat(): void {
    if (this.heard) this.ping();
    else this.reconnect();
  }

  private ping(): void {
    this.heard = false;
    const timestamp = new Uint8Array(8);
    new DataView(timestamp.buffer).setBigUint64(0, BigInt(Date.now()), true);
    this.send(FrameType.Control, encodeControl({ type: ControlType.Ping, timestamp }));
  }

  /** Reconnects or checks the connection at once, when the network or the page is back. */
  private wake(): void {
    if (this.socket === undefined) {
      if (this.state === 'reconnecting') this.open();
      return;
    }
    if (this.connected) this.ping();
    // After the hello was sent, the server may take its time to answer.
    else if (this.socket.readyState !== WebSocket.CONNECTING) return;
    clearTimeout(this.deadline);
    this.deadline = setTimeout(() => this.reconnect(), RESPONSE_TIMEOUT);
  }

  /** Replaces a socket that may be dead with a new one. */
  reconnect(): void {
    const dead = this.socket;
    if (dead === undefined) return;
    dead.onopen = dead.onclose = dead.onmessage = null;
    dead.close();
    this.closed(false);
  }

  private closed(wasClean: boolean): void {
    this.socket = undefined;
    clearInterval(this.heartbeat);
    clearTimeout(this.deadline);
    // With a clean close the server asks the page not to reconnect by itself.
    if (wasClean || !this.mayRetry) {
      this.setState('disconnected');
      return;
    }
    this.setState('reconnecting');
    const delay = Math.min(MAX_DELAY, 1000 * 2 ** this.attempts++);
    this.retryTimer = setTimeout(() => this.open(), delay * (1 - JITTER * Math.random()));
    this.listener.lost();
  }

  private setState(state: ConnectionState): void {
    const previousState = this.state;
    if (state === previousState) return;
    this.state = state;
    const { classList } = page.documentElement;
    classList.remove(`vango-${previousState}`);
    classList.add(`vango-${state}`);
    if (state === 'disconnected') showNotice();
    else hideNotice();
    page.dispatchEvent(new CustomEvent('vango:connection', { detail: { state, previousState } }));
  }
}

function csrfToken(): string {
  const global = (window as { __VANGO_CSRF__?: string }).__VANGO_CSRF__;
  if (global) return global;
  try {
    return decodeURIComponent(/(?:^|;\s*)__vango_csrf=([^;]*)/.exec(page.cookie)?.[1] ?? '');
  } catch {
    // Cookies can be blocked, and their values can be malformed.
    return '';
  }
}
