import {
  ControlType,
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

/** What a connection tells the page. */
export interface ConnectionListener {
  /** The hello was accepted; frames may be sent. */
  opened(): void;
  frame(type: number, payload: Uint8Array): void;
  lost(): void;
  refused(status: HelloStatus): void;
  /** What came does not follow the protocol, or does not fit the page. */
  broken(error: unknown): void;
}

const SESSION_ID = '__vango_session_id';
const LAST_SEQ = '__vango_last_seq';
const PING_INTERVAL = 30_000;
/** Milliseconds in which a socket that may be dead has to show that it is not, and a new one has to open. */
const PATIENCE = 5_000;
const MAX_DELAY = 30_000;
/** Share of a delay that is left to chance, so that browsers do not all come back in the same moment. */
const JITTER = 0.5;

/** The socket: hello, heartbeat, and coming back after a loss. */
export class Connection {
  state: ConnectionState = 'disconnected';
  private socket: WebSocket | undefined;
  private greeted = false;
  /** Whether this document was connected before. */
  private wasLive = false;
  private attempts = 0;
  private mayRetry = true;
  /** Whether anything was heard since the last ping. */
  private heard = false;
  private heartbeat: number | undefined;
  private retryTimer: number | undefined;
  /** Ends a socket that stays silent. */
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
      // A page that may be shown again as it is, is kept by browsers if it holds no socket.
      if (persisted && this.socket !== undefined) this.abandon();
    });
  }

  get connected(): boolean {
    return this.state === 'connected';
  }

  open(): void {
    clearTimeout(this.retryTimer);
    if (this.socket !== undefined) return;
    this.greeted = false;
    this.become(this.wasLive || this.attempts > 0 ? 'reconnecting' : 'connecting');
    // Tells our server what the page shows: what was loaded, or what it was sent.
    this.url.searchParams.set('live', this.wasLive ? '1' : '0');
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

  /** Connects now; later losses are retried again, whatever was before. */
  retry(): void {
    this.mayRetry = true;
    this.open();
  }

  /** Ends the connection for good, or until `retry()`. */
  close(): void {
    this.mayRetry = false;
    this.socket?.close(1000, 'Client closing');
  }

  set lastSeq(seq: number) {
    tabStorage.set(LAST_SEQ, String(seq));
  }

  /** Forgets the session: the next hello asks for a new one. */
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
    const [type = -1, , high = 0, low = 0] = message;
    if (message.length < 4 || message.length !== 4 + high * 256 + low)
      throw new Error('A frame of the wrong size');
    this.heard = true;
    clearTimeout(this.deadline);
    const payload = message.subarray(4);
    if (this.greeted) this.listener.frame(type, payload);
    else if (type === FrameType.Handshake) this.welcome(decodeServerHello(payload));
    else throw new Error('The first frame is not a hello');
  }

  private welcome(hello: ServerHello): void {
    this.greeted = true;
    if (hello.status !== HelloStatus.OK) {
      this.close();
      this.listener.refused(hello.status as HelloStatus);
      return;
    }
    tabStorage.set(SESSION_ID, hello.sessionId);
    // What an earlier document applied says nothing of this one.
    if (!this.wasLive) this.lastSeq = 0;
    this.wasLive = true;
    this.attempts = 0;
    this.become('connected');
    this.heartbeat = setInterval(() => this.beat(), PING_INTERVAL);
    this.listener.opened();
  }

  /** A network that is gone closes no socket: silence where a pong is due tells. */
  private beat(): void {
    if (this.heard) this.ping();
    else this.abandon();
  }

  private ping(): void {
    this.heard = false;
    const timestamp = new Uint8Array(8);
    new DataView(timestamp.buffer).setBigUint64(0, BigInt(Date.now()), true);
    this.send(FrameType.Control, encodeControl({ type: ControlType.Ping, timestamp }));
  }

  /** The network or the page is back: what waits for its time is tried at once, and what seems to be connected shows whether it is. */
  private wake(): void {
    if (this.socket === undefined) {
      if (this.state === 'reconnecting') this.open();
      return;
    }
    if (this.connected) this.ping();
    // Once it is open, the answer to a hello may take its time.
    else if (this.socket.readyState !== WebSocket.CONNECTING) return;
    clearTimeout(this.deadline);
    this.deadline = setTimeout(() => this.abandon(), PATIENCE);
  }

  /** Gives up the socket, which may do nothing any more, for another one. */
  abandon(): void {
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
    // A clean close is the server's word that this page is not to come back by itself.
    if (wasClean || !this.mayRetry) {
      this.become('disconnected');
      return;
    }
    this.become('reconnecting');
    const delay = Math.min(MAX_DELAY, 1000 * 2 ** this.attempts++);
    this.retryTimer = setTimeout(() => this.open(), delay * (1 - JITTER * Math.random()));
    this.listener.lost();
  }

  private become(state: ConnectionState): void {
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
    // Pages may be kept from their cookies, and cookies may hold anything.
    return '';
  }
}
