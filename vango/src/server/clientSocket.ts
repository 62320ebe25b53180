import type { IncomingMessage } from 'node:http';
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
import type { Session } from '../session/session';
import { ConnectUnit, findSession } from './connect';
import { CSRF_COOKIE, isGenuine } from './csrf';
import { clientIp } from './forwarded';
import { pathTarget } from './requestTarget';
import { refuse, reportAnswer } from './serverHello';
import type { ServerHost } from './serverHost';
import type { ConnectionListener, WebSocketConnection } from './webSocketConnection';

/** The upgrade request of a socket. */
interface Upgrade {
  readonly request: IncomingMessage;
  /** Query of the WebSocket URL. */
  readonly query: URLSearchParams;
}

/** The client of one socket: first its hello, then its frames. */
export class ClientSocket implements ConnectionListener {
  connection!: WebSocketConnection;
  private session: Session | undefined;
  /** The connect that is under way. */
  private connecting: ConnectUnit | undefined;
  /** Number of the last event. Numbers rise on each connection. */
  private eventSeq = 0;

  constructor(
    private readonly app: ServerHost,
    /** Dropped at the hello, since an idle session should not hold it. */
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
    const receivedAt = performance.now();
    let hello: ClientHello;
    let page: Target;
    try {
      if (type !== FrameType.Handshake)
        throw new DecodeError('invalid', 'first frame is not a hello');
      hello = decodeClientHello(payload);
      page = pathTarget(query.get('path') || '/');
    } catch (error) {
      if (!(error instanceof DecodeError || error instanceof InvalidPathError)) throw error;
      this.app.metrics.recordWebSocketError('handshake');
      refuse(this.connection, HelloStatus.InvalidFormat);
      reportAnswer(this.app.metrics, 'new', HelloStatus.InvalidFormat, receivedAt);
      return;
    }
    const traceparent = query.get('traceparent') ?? undefined;
    const unit = new ConnectUnit(this.app, page, request, {
      hello,
      connection: this.connection,
      ip: clientIp(request, this.app.proxies),
      render: this.app.renderTokens.parse(query.get('render'), traceparent),
      wasLive: parseFlag(query.get('live')),
      receivedAt,
      isGenuine: false,
      known: undefined,
      failure: undefined,
      resumed: false,
      status: undefined,
    });
    const { handshake } = unit;
    unit.traceparent = traceparent;
    unit.isTraceparentGenuine = handshake.render?.isTraceparentGenuine ?? false;
    handshake.isGenuine =
      isWithoutCookies(request, hello) ||
      isGenuine(hello.csrf, unit.cookie(CSRF_COOKIE), this.app.options.csrfSecret);
    void this.connect(unit);
  }

  /** Never rejects. */
  private async connect(unit: ConnectUnit): Promise<void> {
    this.connecting = unit;
    const { handshake } = unit;
    const { isGenuine, hello } = handshake;
    try {
      if (isGenuine && hello.sessionId !== '')
        handshake.known = await findSession(this.app, hello.sessionId);
      await this.app.connect(unit);
      this.connecting = undefined;
      if (handshake.status !== HelloStatus.OK) return;
      this.session = unit.session;
      this.connection.established();
    } catch (error) {
      this.connection.drop('refused');
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
        session.acknowledged(decodeAck(payload).lastSeq);
    }
  }

  private receiveEvent(session: Session, payload: Uint8Array): void {
    let event: ClientEvent;
    try {
      event = decodeEvent(payload);
      if (event.seq <= this.eventSeq)
        throw new DecodeError('invalid', `event ${event.seq} came before`);
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

/**
 * Whether a page of this host is in a browser that blocks all cookies. Its `Origin` was checked;
 * without cookies, another site has nothing to act with.
 */
function isWithoutCookies({ headers }: IncomingMessage, { csrf }: ClientHello): boolean {
  return csrf === '' && headers.cookie === undefined && headers.origin !== undefined;
}

function parseFlag(text: string | null): boolean | undefined {
  return text === '1' ? true : text === '0' ? false : undefined;
}
