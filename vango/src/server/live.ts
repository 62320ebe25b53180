import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { WebSocketErrorType } from '../metrics';
import {
  type ClientEvent,
  type ClientHello,
  ControlType,
  DecodeError,
  decodeAck,
  decodeClientHello,
  decodeControl,
  decodeEvent,
  ErrorCode,
  encodeControl,
  encodeFrame,
  FrameType,
  HelloStatus,
} from '../protocol';
import { InvalidPathError, type Target } from '../routing';
import { Ctx } from '../session/ctx';
import type { Session } from '../session/session';
import type { App } from './app';
import { findSession } from './connect';
import { Connection, type ConnectionListener } from './connection';
import { CSRF_COOKIE, isGenuine } from './csrf';
import { clientIp } from './forwarded';
import { RequestRefusedError } from './gate';
import { type Handshake, refuse } from './handshake';
import { parseRenderToken } from './renderToken';
import { pathTarget } from './requestTarget';

const ENDPOINTS = new Set(['/_vango/live', '/_vango/ws']);

/** The WebSocket endpoint: turns upgrades into connections and their frames into calls on sessions. */
export class LiveEndpoint {
  private readonly sockets: WebSocketServer;

  constructor(private readonly app: App) {
    this.sockets = new WebSocketServer({
      noServer: true,
      maxPayload: app.limits.messageSize,
      perMessageDeflate: false,
      // One message per turn of the event loop: a socket that sends a thousand at once does not keep the others waiting.
      allowSynchronousEvents: false,
    });
    this.sockets.on('wsClientError', (_, socket) => this.refuse(socket, 400));
  }

  /** Answers an upgrade request for the endpoint; false when it is for another path. Never throws. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const { gate } = this.app;
    try {
      const { path, search } = gate.read(request);
      if (!ENDPOINTS.has(path)) return false;
      gate.checkHost(request);
      gate.checkOrigin(request);
      const query = new URLSearchParams(search);
      this.sockets.handleUpgrade(request, socket, head, webSocket => this.accept(webSocket, request, query));
    } catch (error) {
      if (!(error instanceof RequestRefusedError)) this.app.logger.error('An upgrade request failed', error);
      this.refuse(socket, error instanceof RequestRefusedError ? error.status : 500);
    }
    return true;
  }

  private accept(socket: WebSocket, request: IncomingMessage, query: URLSearchParams): void {
    const peer = new Peer(this.app, { request, query });
    const { limits } = this.app;
    peer.connection = new Connection(socket, () => this.app.metrics, limits, peer, limits.handshakeTimeout);
  }

  private refuse(socket: Duplex, status: number): void {
    this.app.metrics.recordWebSocketError('upgrade');
    // The client may be gone already: whom it was refused to does not matter then.
    socket.on('error', () => {});
    socket.once('finish', () => socket.destroy());
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${REFUSAL_HEADERS}\r\n`);
  }
}

/**
 * Whether a page of this host, as its `Origin` has shown, is in a browser that blocks cookies: there
 * is none that a page of another site could act with.
 */
function isWithoutCookies({ headers }: IncomingMessage, { csrf }: ClientHello): boolean {
  return csrf === '' && headers.cookie === undefined && headers.origin !== undefined;
}

function parseFlag(text: string | null): boolean | undefined {
  return text === '1' ? true : text === '0' ? false : undefined;
}

const REFUSAL_HEADERS = 'Connection: close\r\nContent-Length: 0\r\nSec-WebSocket-Version: 13\r\n';

/** The request that a socket was opened by. */
interface Upgrade {
  readonly request: IncomingMessage;
  /** The page that asks, in the hello's own words. */
  readonly query: URLSearchParams;
}

/** The browser at the other end of one socket: first its hello, then its frames. */
class Peer implements ConnectionListener {
  connection!: Connection;
  private session: Session | undefined;
  /** The hello being answered. */
  private connecting: Ctx | undefined;
  /** Number of the last event; they rise on each connection. */
  private eventSeq = 0;

  constructor(
    private readonly app: App,
    /** What the socket was opened with; until the hello, which is all that needs it: it is more than an idle session should hold. */
    private upgrade: Upgrade | undefined,
  ) {}

  frame(type: number, payload: Uint8Array): void {
    const { upgrade } = this;
    this.upgrade = undefined;
    if (upgrade !== undefined) this.greet(upgrade, type, payload);
    else if (this.session !== undefined) this.receive(this.session, type, payload);
  }

  lost(): void {
    // Middleware of the page may still be at work, with a session that is attached already.
    const session = this.session ?? this.connecting?.session;
    session?.detach(this.connection);
  }

  failed(type: WebSocketErrorType, error: unknown): void {
    this.app.metrics.recordWebSocketError(type);
    this.app.logger.error('A socket failed and was dropped', error);
  }

  private greet({ request, query }: Upgrade, type: number, payload: Uint8Array): void {
    let hello: ClientHello;
    let page: Target;
    try {
      if (type !== FrameType.Handshake) throw new DecodeError('invalid', 'first frame is not a hello');
      hello = decodeClientHello(payload);
      page = pathTarget(query.get('path') || '/');
    } catch (error) {
      if (!(error instanceof DecodeError || error instanceof InvalidPathError)) throw error;
      this.app.metrics.recordWebSocketError('handshake');
      refuse(this.connection, HelloStatus.InvalidFormat);
      return;
    }
    const ctx = new Ctx(this.app, 'connect', page.path, page.search);
    ctx.request = request;
    const handshake: Handshake = {
      hello,
      connection: this.connection,
      ip: clientIp(request, this.app.proxies),
      render: parseRenderToken(query.get('render')),
      wasLive: parseFlag(query.get('live')),
      isGenuine:
        isWithoutCookies(request, hello) ||
        isGenuine(hello.csrf, ctx.cookie(CSRF_COOKIE), this.app.csrfSecret),
      receivedAt: performance.now(),
      known: undefined,
      failure: undefined,
      resumed: false,
      status: undefined,
    };
    ctx.handshake = handshake;
    ctx.traceparent = query.get('traceparent') ?? undefined;
    void this.connect(ctx, handshake);
  }

  /** Never rejects. */
  private async connect(ctx: Ctx, handshake: Handshake): Promise<void> {
    this.connecting = ctx;
    const { isGenuine, hello } = handshake;
    try {
      if (isGenuine && hello.sessionId !== '') handshake.known = await findSession(this.app, hello.sessionId);
      await this.app.connect(ctx);
      this.connecting = undefined;
      if (handshake.status !== HelloStatus.OK) return;
      this.session = ctx.session;
      this.connection.established();
    } catch (error) {
      this.connection.drop();
      this.failed('handshake', error);
    }
  }

  private receive(session: Session, type: number, payload: Uint8Array): void {
    switch (type) {
      case FrameType.Event:
        this.receiveEvent(session, payload);
        break;
      case FrameType.Control:
        this.receiveControl(session, payload);
        break;
      case FrameType.Ack:
        session.outlet.acknowledge(decodeAck(payload).lastSeq);
    }
  }

  private receiveEvent(session: Session, payload: Uint8Array): void {
    let event: ClientEvent;
    try {
      event = decodeEvent(payload);
      if (event.seq <= this.eventSeq) throw new DecodeError('invalid', `event ${event.seq} was here before`);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.app.metrics.recordWebSocketError('decode');
      session.sendError(ErrorCode.InvalidEvent, 'The event could not be read');
      return;
    }
    this.eventSeq = event.seq;
    session.receive(event);
  }

  private receiveControl(session: Session, payload: Uint8Array): void {
    const control = decodeControl(payload);
    if (control.type === ControlType.Ping) {
      this.connection.send(
        encodeFrame(FrameType.Control, encodeControl({ ...control, type: ControlType.Pong })),
      );
    } else if (control.type === ControlType.ResyncRequest) {
      session.resync(control.lastSeq);
    }
  }
}
