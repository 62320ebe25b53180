import { answerTo } from '../errors';
import type { ResumeFailureReason } from '../metrics';
import { ErrorCode, encodeFrame, encodeServerHello, FrameType, HelloStatus } from '../protocol';
import { Ctx } from '../session/ctx';
import type { Refusal } from '../session/manager';
import { aim, type Session } from '../session/session';
import type { App } from './app';
import { type Handshake, helloOf, refuse } from './handshake';

/** Ids name entries of stores, so those of others' making go no further. */
const SESSION_ID = /^[0-9a-f]{32}$/;

/** Milliseconds in which a browser that is there answers a ping. */
const TAKEOVER_WAIT = 2000;

const REFUSALS: Record<Refusal, HelloStatus> = {
  busy: HelloStatus.ServerBusy,
  ip_limit: HelloStatus.LimitExceeded,
};

/** Answers a hello: with a session that shows the page the browser is on, or with the status that says why not. */
export async function connect(ctx: Ctx): Promise<void> {
  const handshake = ctx.handshake as Handshake;
  try {
    handshake.status = await admit(ctx, handshake);
  } catch (error) {
    ctx.fail(error);
    handshake.status = statusOf(error);
  }
  if (handshake.status === HelloStatus.OK) welcome(ctx.session as Session, handshake);
  else refuse(handshake.connection, handshake.status);
}

function welcome(session: Session, handshake: Handshake): void {
  const hello = encodeServerHello(helloOf(HelloStatus.OK, session.id));
  handshake.connection.send(encodeFrame(FrameType.Handshake, hello));
  const { resumed, wasLive, render } = handshake;
  session.page = render?.nonce;
  if (resumed && wasLive === true) {
    session.welcomeBack(handshake.hello.lastSeq);
  } else {
    // Where the client does not say what the page shows, one that resumes is drawn anew.
    const isKnown = wasLive === false || (wasLive === undefined && !resumed);
    session.welcome(isKnown ? render?.fingerprint : undefined);
    if (wasLive !== undefined) session.outlet.sendReceipt(0, false);
  }
  if (resumed) session.app.metrics.recordResumeSuccess();
}

function statusOf(error: unknown): HelloStatus {
  const { status } = answerTo(error);
  return status === 401 || status === 403 ? HelloStatus.NotAuthorized : HelloStatus.InternalError;
}

async function admit(ctx: Ctx, handshake: Handshake): Promise<HelloStatus> {
  const { app } = ctx;
  const { known, render } = handshake;
  if (!handshake.isGenuine) {
    app.metrics.recordWebSocketError('handshake');
    return HelloStatus.InvalidCSRF;
  }
  if (ctx.path.startsWith('/_vango/')) ctx.path = '/';
  const seen = render === undefined || app.seenRenders.add(render.nonce);
  const freshPage =
    handshake.wasLive === undefined ? !seen && render.renderedAt >= app.startedAt : !handshake.wasLive;
  if (known !== undefined) {
    if (typeof known !== 'string') {
      if (freshPage && (await isInUse(known, handshake))) return newSession(ctx, handshake);
      return resumeSession(ctx, handshake, known, freshPage);
    }
    failResume(app, handshake, known);
    // A page that was live under a lost session shows elements this process never numbered: only a reload brings it in step.
    if (!freshPage) return HelloStatus.SessionExpired;
  }
  return newSession(ctx, handshake);
}

/** Whether a session is another document's, which a copied tab has the session's id of. A document that does not answer is none. */
async function isInUse(session: Session, { wasLive, render }: Handshake): Promise<boolean> {
  const { current } = session.outlet;
  if (session.state !== 'attached' || current === undefined) return false;
  if (wasLive === undefined && render?.nonce === session.page) return false;
  return current.answers(TAKEOVER_WAIT);
}

/**
 * The session of an id, in this process or the store, or why there is none. Asked before a connect begins, so that its observer can point
 * to the session.
 */
export async function findSession(app: App, id: string): Promise<Session | ResumeFailureReason> {
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
    // At once, and as it is: the process it comes from sees that it is no longer its to end.
    void persistence.save(session);
    return session;
  }
  return stored === 'not_found' && typeof known === 'string' ? known : stored;
}

async function newSession(ctx: Ctx, handshake: Handshake): Promise<HelloStatus> {
  const { app } = ctx;
  const refusal = app.sessions.admit(handshake.ip);
  if (refusal !== undefined) return REFUSALS[refusal];
  const session = app.sessions.create(handshake.ip);
  session.attach(handshake.connection);
  ctx.session = session;
  const mount = aimedAt(ctx, 'mount', ctx.path + ctx.search);
  try {
    await session.mount(mount);
  } catch (error) {
    abandon(ctx, session);
    throw error;
  } finally {
    mount.ended = true;
  }
  return HelloStatus.OK;
}

async function resumeSession(
  ctx: Ctx,
  handshake: Handshake,
  session: Session,
  freshPage: boolean,
): Promise<HelloStatus> {
  const { app } = ctx;
  if (handshake.ip !== session.ip) {
    if (app.sessions.admit(handshake.ip) === 'ip_limit') {
      failResume(app, handshake, 'ip_limit');
      return HelloStatus.LimitExceeded;
    }
    session.ip = handshake.ip;
  }
  // A page that reconnects may have had frames under way when it lost its socket; one that was loaded anew has given up on them.
  // Where pages carry no token, both are taken for it.
  if ((freshPage || handshake.render === undefined) && session.outlet.leftBehind(handshake.hello.lastSeq))
    app.metrics.recordPatchMismatch('reload_after_patch');
  session.attach(handshake.connection);
  ctx.session = session;
  // A live page may have navigated since its URL was made: then the session knows better where it is.
  const resume = aimedAt(ctx, 'resume', freshPage ? ctx.path + ctx.search : session.path + session.search);
  const hadUser = session.user !== undefined;
  let reason: ResumeFailureReason | undefined;
  try {
    await session.resume(resume);
    if (hadUser && resume.user === undefined) reason = 'auth_not_rehydrated';
  } catch (error) {
    ctx.fail(error);
    reason = reasonOf(error);
  } finally {
    resume.ended = true;
  }
  if (reason === undefined) {
    handshake.resumed = true;
    app.metrics.recordReconnect();
    return HelloStatus.OK;
  }
  failResume(app, handshake, reason);
  abandon(ctx, session);
  return AUTH_REASONS.has(reason) ? HelloStatus.NotAuthorized : HelloStatus.SessionExpired;
}

function failResume(app: App, handshake: Handshake, reason: ResumeFailureReason): void {
  handshake.failure = reason;
  app.metrics.recordResumeFailure(reason);
}

const AUTH_REASONS = new Set<ResumeFailureReason>(['auth', 'auth_not_rehydrated']);

function reasonOf(error: unknown): ResumeFailureReason {
  if (answerTo(error).code === ErrorCode.NotFound) return 'route_mismatch';
  return statusOf(error) === HelloStatus.NotAuthorized ? 'auth' : 'rebuild_error';
}

function aimedAt(ctx: Ctx, kind: 'mount' | 'resume', target: string): Ctx {
  const aimed = new Ctx(ctx.app, kind, ctx.path, ctx.search);
  aimed.session = ctx.session;
  aimed.request = ctx.request;
  aim(aimed, target);
  ctx.path = aimed.path;
  ctx.search = aimed.search;
  ctx.route = aimed.route;
  ctx.params = aimed.params;
  return aimed;
}

/** Drops a session whose browser gets an error hello: the hello, not the end of the session, closes the socket. */
function abandon(ctx: Ctx, session: Session): void {
  ctx.session = undefined;
  session.outlet.detach();
  ctx.app.sessions.remove(session);
}
