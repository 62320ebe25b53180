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
const MAX_DELAY = 30_000;
/** Share of a delay that is left to chance, so that browsers do not all come back in the same moment. */
const JITTER = 0.5;

/** The socket: hello, heartbeat, and coming back after a loss. */
export class Connection {
  state: ConnectionState = 'disconnected';
  private socket: WebSocket | undefined;
  private greeted = false;
  private attempts = 0;
  private mayRetry = true;
  /** Whether anything was heard since the last ping. */
  private heard = false;
  private heartbeat: number | undefined;
  private retryTimer: number | undefined;

  constructor(
    private readonly url: string,
    private readonly listener: ConnectionListener,
  ) {}

  get connected(): boolean {
    return this.state === 'connected';
  }

  open(): void {
    clearTimeout(this.retryTimer);
    if (this.socket !== undefined) return;
    this.greeted = false;
    this.become(this.attempts === 0 ? 'connecting' : 'reconnecting');
    const socket = new WebSocket(this.url);
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    socket.onopen = () => socket.send(encodeFrame(FrameType.Handshake, this.hello()));
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
    sessionStorage.setItem(LAST_SEQ, String(seq));
  }

  /** Forgets the session: the next hello asks for a new one. */
  forget(): void {
    sessionStorage.removeItem(SESSION_ID);
    sessionStorage.removeItem(LAST_SEQ);
  }

  private hello(): Uint8Array {
    return encodeClientHello({
      major: 2,
      minor: 0,
      csrf: csrfToken(),
      sessionId: sessionStorage.getItem(SESSION_ID) ?? '',
      lastSeq: Number(sessionStorage.getItem(LAST_SEQ) ?? 0),
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
    sessionStorage.setItem(SESSION_ID, hello.sessionId);
    this.attempts = 0;
    this.become('connected');
    this.heartbeat = setInterval(() => this.ping(), PING_INTERVAL);
    this.listener.opened();
  }

  /** A network that is gone closes no socket: silence where a pong is due tells. */
  private ping(): void {
    if (!this.heard) {
      const dead = this.socket;
      if (dead !== undefined) dead.onclose = dead.onmessage = null;
      dead?.close();
      this.closed(false);
      return;
    }
    this.heard = false;
    const timestamp = new Uint8Array(8);
    new DataView(timestamp.buffer).setBigUint64(0, BigInt(Date.now()), true);
    this.send(FrameType.Control, encodeControl({ type: ControlType.Ping, timestamp }));
  }

  private closed(wasClean: boolean): void {
    this.socket = undefined;
    clearInterval(this.heartbeat);
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
    const { classList } = document.documentElement;
    classList.remove(`vango-${previousState}`);
    classList.add(`vango-${state}`);
    document.dispatchEvent(new CustomEvent('vango:connection', { detail: { state, previousState } }));
  }
}

function csrfToken(): string {
  const global = (window as { __VANGO_CSRF__?: string }).__VANGO_CSRF__;
  if (global) return global;
  const cookie = /(?:^|;\s*)__vango_csrf=([^;]*)/.exec(document.cookie)?.[1];
  return decodeURIComponent(cookie ?? '');
}
