import type { IncomingMessage } from 'node:http';
import { answerTo } from '../errors';
import type { ResumeFailureReason } from '../metrics';
import { ErrorCode, encodeFrame, encodeServerHello, FrameType, HelloStatus } from '../protocol';
import type { Target } from '../routing';
import type { Refusal } from '../session/manager';
import { setTarget } from '../session/navigation';
import type { Session } from '../session/session';
import { UnitOfWork } from '../session/unitOfWork';
import { type AnswerStatus, type Handshake, helloOf, refuse, reportAnswer } from './serverHello';
import type { ServerHost } from './serverHost';

/** Ids become keys of stores, so no other text goes further. */
const SESSION_ID = /^[0-9a-f]{32}$/;

/** Milliseconds within which a browser that is still there answers a ping. */
const TAKEOVER_WAIT = 2000;

const REFUSALS: Record<Refusal, AnswerStatus> = {
  busy: HelloStatus.ServerBusy,
  ip_limit: HelloStatus.LimitExceeded,
};

/** The unit of work that answers a hello. */
export class ConnectUnit extends UnitOfWork {
  override session: Session | undefined = undefined;
  /** Whether `traceparent` is the one that this app gave the page. */
  isTraceparentGenuine = false;

  constructor(
    readonly app: ServerHost,
    { path, search }: Target,
    override readonly request: IncomingMessage,
    /** The hello that is answered. */
    readonly handshake: Handshake,
  ) {
    super(app, 'connect', path, search);
  }
}

/**
 * Answers a hello: with a session that shows the page the browser is on, or with the status that
 * says why there is none. Never rejects.
 */
export async function connect(unit: ConnectUnit): Promise<void> {
  const { app, handshake } = unit;
  try {
    handshake.status = await admit(unit);
  } catch (error) {
    unit.fail(error);
    handshake.status = statusOf(error);
  }
  if (unit.session === undefined || handshake.status !== HelloStatus.OK)
    refuse(handshake.connection, handshake.status);
  else welcome(unit.session, handshake, app);
  const { hello, status, receivedAt } = handshake;
  reportAnswer(app.metrics, hello.sessionId === '' ? 'new' : 'resume', status, receivedAt);
}

function welcome(session: Session, handshake: Handshake, { metrics }: ServerHost): void {
  const hello = encodeServerHello(helloOf(HelloStatus.OK, session.id));
  handshake.connection.send(encodeFrame(FrameType.Handshake, hello));
  const { resumed, wasLive, render } = handshake;
  session.page = render?.nonce;
  if (resumed && wasLive === true) {
    session.welcomeBack(handshake.hello.lastSeq);
  } else {
    // Where the client does not say what the page shows, a page that resumes is redrawn.
    const isKnown = wasLive === false || (wasLive === undefined && !resumed);
    session.welcome(isKnown ? render?.fingerprint : undefined, resumed ? 'resume' : 'change');
    if (wasLive !== undefined) session.channel.sendReceipt(0, false);
  }
  if (resumed) metrics.recordResumeSuccess();
}

function statusOf(error: unknown): AnswerStatus {
  const { status } = answerTo(error);
  return status === 401 || status === 403 ? HelloStatus.NotAuthorized : HelloStatus.InternalError;
}

async function admit(unit: ConnectUnit): Promise<AnswerStatus> {
  const { app, handshake } = unit;
  const { known, render, wasLive } = handshake;
  if (!handshake.isGenuine) {
    app.metrics.recordWebSocketError('handshake');
    return HelloStatus.InvalidCSRF;
  }
  if (unit.path.startsWith('/_vango/')) unit.path = '/';
  const { renderTokens } = app;
  const wasSeen = render === undefined || renderTokens.hasConnected(render.nonce);
  const isFreshPage =
    wasLive === undefined ? !wasSeen && render.renderedAt >= renderTokens.startedAt : !wasLive;
  if (known !== undefined) {
    if (typeof known !== 'string') {
      if (isFreshPage && (await isInUse(known, handshake))) return newSession(unit);
      return resumeSession(unit, known, isFreshPage);
    }
    failResume(app, handshake, known);
    // A page that was live shows elements that this process never numbered: it has to be loaded.
    if (!isFreshPage) return HelloStatus.SessionExpired;
  }
  return newSession(unit);
}

/**
 * Whether another document uses the session, as when a tab was copied with its session id. A
 * document that does not answer a ping is gone.
 */
async function isInUse(session: Session, { wasLive, render }: Handshake): Promise<boolean> {
  const { current } = session.channel;
  if (session.state !== 'attached' || current === undefined) return false;
  if (wasLive === undefined && render?.nonce === session.page) return false;
  return current.answers(TAKEOVER_WAIT);
}

/**
 * The session of an id, in this process or in the store, or why there is none. Called before the
 * connect begins, so that its observer can link to the session.
 */
export async function findSession(
  app: ServerHost,
  id: string,
): Promise<Session | ResumeFailureReason> {
  const { sessions, persistence } = app;
  const known = sessions.resumable(id);
  if (persistence === undefined) return known;
  if (typeof known !== 'string') {
    if (!(await persistence.hasMoved(known))) return known;
    sessions.abandon(known);
  }
  if (!SESSION_ID.test(id)) return 'not_found';
  if (known === 'expired' && !(await persistence.isOthers(id))) return known;
  const stored = await persistence.load(id);
  if (typeof stored !== 'string') {
    const session = sessions.revive(stored);
    // At once: the process that it comes from then sees that it may no longer end it.
    void persistence.save(session);
    return session;
  }
  return stored === 'not_found' && typeof known === 'string' ? known : stored;
}

async function newSession(unit: ConnectUnit): Promise<AnswerStatus> {
  const { app, handshake } = unit;
  const refusal = app.sessions.admit(handshake.ip);
  if (refusal !== undefined) return REFUSALS[refusal];
  const session = app.sessions.create(handshake.ip);
  session.attach(handshake.connection);
  unit.session = session;
  const mount = childUnitFor(unit, 'mount', unit.path + unit.search);
  try {
    await session.mount(mount);
  } catch (error) {
    dropSession(unit, session);
    throw error;
  }
  return HelloStatus.OK;
}

async function resumeSession(
  unit: ConnectUnit,
  session: Session,
  isFreshPage: boolean,
): Promise<AnswerStatus> {
  const { app, handshake } = unit;
  if (handshake.ip !== session.ip) {
    if (app.sessions.admit(handshake.ip) === 'ip_limit') {
      failResume(app, handshake, 'ip_limit');
      return HelloStatus.LimitExceeded;
    }
    session.ip = handshake.ip;
  }
  // A page that was loaded anew has given up on the frames that were on their way. A page without
  // a token may be one.
  if (
    (isFreshPage || handshake.render === undefined) &&
    session.channel.leftBehind(handshake.hello.lastSeq)
  )
    app.metrics.recordPatchMismatch('reload_after_patch');
  session.attach(handshake.connection);
  unit.session = session;
  // A live page may have navigated since its URL was made: the session knows where it is.
  const { path, search } = isFreshPage ? unit : session;
  const resume = childUnitFor(unit, 'resume', path + search);
  const hadUser = session.user !== undefined;
  let reason: ResumeFailureReason | undefined;
  try {
    await session.resume(resume);
    if (hadUser && resume.user === undefined) reason = 'auth_not_rehydrated';
  } catch (error) {
    unit.fail(error);
    reason = reasonOf(error);
  }
  if (reason === undefined) {
    handshake.resumed = true;
    app.metrics.recordReconnect();
    return HelloStatus.OK;
  }
  failResume(app, handshake, reason);
  dropSession(unit, session);
  return AUTH_REASONS.has(reason) ? HelloStatus.NotAuthorized : HelloStatus.SessionExpired;
}

function failResume(app: ServerHost, handshake: Handshake, reason: ResumeFailureReason): void {
  handshake.failure = reason;
  app.metrics.recordResumeFailure(reason);
}

const AUTH_REASONS = new Set<ResumeFailureReason>(['auth', 'auth_not_rehydrated']);

function reasonOf(error: unknown): ResumeFailureReason {
  if (answerTo(error).code === ErrorCode.NotFound) return 'route_mismatch';
  return statusOf(error) === HelloStatus.NotAuthorized ? 'auth' : 'rebuild_error';
}

/** The unit of work that renders the page of a connect. The connect takes over where it leads. */
function childUnitFor(unit: ConnectUnit, kind: 'mount' | 'resume', target: string): UnitOfWork {
  const child = new UnitOfWork(unit.app, kind, unit.path, unit.search);
  child.session = unit.session;
  child.request = unit.request;
  setTarget(child, target, unit.app);
  unit.path = child.path;
  unit.search = child.search;
  unit.route = child.route;
  unit.params = child.params;
  return child;
}

/**
 * Removes a session whose browser gets an error hello. The hello closes the socket, not the end of
 * the session.
 */
function dropSession(unit: ConnectUnit, session: Session): void {
  unit.session = undefined;
  session.channel.detach();
  unit.app.sessions.remove(session);
}
