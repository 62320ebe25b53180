import type { ConnectKind, ConnectStatus, ResumeFailureReason, RuntimeMetrics } from '../metrics';
import {
  type ClientHello,
  encodeFrame,
  encodeServerHello,
  FrameType,
  HelloStatus,
} from '../protocol';
import type { Session } from '../session/session';
import type { RenderToken } from './renderTokens';
import type { WebSocketConnection } from './webSocketConnection';

/** The statuses that this server gives, by their names in metrics. */
const STATUS_NAMES = {
  [HelloStatus.OK]: 'ok',
  [HelloStatus.InvalidCSRF]: 'invalid_csrf',
  [HelloStatus.SessionExpired]: 'session_expired',
  [HelloStatus.ServerBusy]: 'server_busy',
  [HelloStatus.InvalidFormat]: 'invalid_format',
  [HelloStatus.NotAuthorized]: 'not_authorized',
  [HelloStatus.InternalError]: 'internal_error',
  [HelloStatus.LimitExceeded]: 'limit_exceeded',
} as const satisfies Partial<Record<HelloStatus, ConnectStatus>>;

/** A status that this server gives. */
export type AnswerStatus = keyof typeof STATUS_NAMES;

/** A client's hello and what came with it. */
export interface Handshake {
  readonly hello: ClientHello;
  readonly connection: WebSocketConnection;
  readonly ip: string;
  /** The page render this browser shows, if the URL named one of ours. */
  readonly render: RenderToken | undefined;
  /**
   * Whether the document was live before, and so shows what its session sent it. If not, it shows
   * what was loaded. Undefined when the client does not say.
   */
  readonly wasLive: boolean | undefined;
  /** Whether the hello came from a page of this app, as far as CSRF tokens tell. */
  isGenuine: boolean;
  /** Reading of `performance.now()` when the hello came. */
  readonly receivedAt: number;
  /**
   * The session the hello names, or why there is none; undefined when it names none. Known before
   * the connect begins.
   */
  known: Session | ResumeFailureReason | undefined;
  /** Why the session the hello names was not resumed, if it was not. */
  failure: ResumeFailureReason | undefined;
  /** Whether the session was there before. */
  resumed: boolean;
  /** What the server answered, once it has. */
  status: AnswerStatus | undefined;
}

/**
 * Answers a hello with an error status, then closes cleanly: the browser does not try again by
 * itself.
 */
export function refuse(connection: WebSocketConnection, status: AnswerStatus): void {
  connection.send(encodeFrame(FrameType.Handshake, encodeServerHello(helloOf(status, ''))));
  connection.close('refused');
}

/**
 * Reports a hello that was answered.
 *
 * @param receivedAt - reading of `performance.now()` when it came
 */
export function reportAnswer(
  metrics: RuntimeMetrics,
  kind: ConnectKind,
  status: AnswerStatus,
  receivedAt: number,
): void {
  metrics.recordConnect(kind, STATUS_NAMES[status]);
  metrics.recordConnectDuration(kind, (performance.now() - receivedAt) / 1000);
}

/** The server's hello. */
export function helloOf(
  status: HelloStatus,
  sessionId: string,
): Parameters<typeof encodeServerHello>[0] {
  return { status, sessionId, nextSeq: 0, serverTime: Date.now(), flags: 0 };
}
