import { randomBytes } from 'node:crypto';
import type { EventsInFlight, ResumeFailureReason, SessionEnd } from '../metrics';
import type { SessionBlob } from '../state/blob';
import type { SessionHost, SessionLimits } from './host';
import { Session } from './session';

/** Ended sessions that are remembered, so that a late browser gets the reason. */
const REMEMBERED_ENDS = 10_000;

/** Live sessions by state. */
export interface SessionCounts {
  readonly active: number;
  readonly detached: number;
}

/** Why a new session is refused: the process is full, or the client's address is. */
export type Refusal = 'busy' | 'ip_limit';

/** All sessions of a process, within their limits. */
export class SessionManager {
  private readonly sessions = new Map<string, Session>();
  private readonly ended = new Map<string, 'closed' | 'expired'>();
  private reaper: NodeJS.Timeout | undefined;

  constructor(private readonly host: SessionHost) {}

  /** Counts the sessions each time, so that the numbers cannot drift. */
  counts(): SessionCounts {
    let active = 0;
    let detached = 0;
    for (const { state } of this.sessions.values()) {
      if (state === 'attached') active++;
      else if (state === 'detached') detached++;
    }
    return { active, detached };
  }

  /**
   * Counts the events of all sessions, those that wait for their browser included. What a session
   * that has ended left behind is not among them.
   */
  inFlight(): EventsInFlight {
    let running = 0;
    let waiting = 0;
    for (const session of this.sessions.values()) {
      if (session.isHandling) running++;
      waiting += session.waitingEvents;
    }
    return { running, waiting };
  }

  /** The limits that these sessions keep. */
  get limits(): Readonly<SessionLimits> {
    return this.host.limits;
  }

  get(id: string): Session | undefined {
    return this.sessions.get(id);
  }

  /** The session a browser may come back to, or why it may not. */
  resumable(id: string, now = Date.now()): Session | ResumeFailureReason {
    const session = this.sessions.get(id);
    if (session === undefined) return this.ended.get(id) ?? 'not_found';
    if (!this.isExpired(session, now)) return session;
    this.remove(session, 'expired');
    return 'expired';
  }

  [Symbol.iterator](): IterableIterator<Session> {
    return this.sessions.values();
  }

  /** Makes room for one more session of this address, if that is possible. */
  admit(ip: string): Refusal | undefined {
    const { maxSessions, maxSessionsPerIp } = this.host.limits;
    if (this.sessions.size >= maxSessions) return 'busy';
    let held = 0;
    let oldestDetached: Session | undefined;
    for (const session of this.sessions.values()) {
      if (session.ip !== ip) continue;
      held++;
      if (
        session.state === 'detached' &&
        session.lastActive < (oldestDetached?.lastActive ?? Infinity)
      ) {
        oldestDetached = session;
      }
    }
    if (held < maxSessionsPerIp) return undefined;
    if (oldestDetached === undefined) return 'ip_limit';
    this.evict(oldestDetached, `its address has ${maxSessionsPerIp} sessions`);
    return undefined;
  }

  create(ip: string): Session {
    const session = new Session(this.host, randomBytes(16).toString('hex'), ip);
    this.sessions.set(session.id, session);
    this.host.metrics.recordSessionCreated('new');
    return session;
  }

  /** Creates the session of a stored one. It is detached until its browser is welcomed. */
  revive(blob: SessionBlob): Session {
    const living = this.sessions.get(blob.id);
    if (living !== undefined) return living;
    const session = new Session(this.host, blob.id, blob.ip);
    session.createdAt = blob.createdAt;
    session.user = blob.user;
    session.path = blob.path;
    session.search = blob.search;
    session.traceparent = blob.traceparent;
    session.lastEvent = blob.shown?.lastEvent ?? 0;
    session.shown = blob.shown;
    session.isRevived = true;
    session.persisted.refill(blob.signals);
    this.sessions.set(session.id, session);
    this.host.metrics.recordSessionCreated('revived');
    return session;
  }

  /** Ends a session to make room. An attached browser loses its socket and reconnects. */
  evict(session: Session, why: string): void {
    this.host.logger.warn(`Session ${session.id} on ${session.route} is evicted: ${why}`);
    this.host.metrics.recordEviction();
    session.channel.current?.drop('refused');
    // The session leaves this process only: the store keeps it.
    if (this.host.persistence !== undefined) {
      session.noteShown();
      void this.host.persistence.save(session);
    }
    this.forget(session, 'evicted');
  }

  /** Ends a session. A clean close tells an attached browser not to come back. */
  remove(session: Session, end: 'closed' | 'expired' = 'closed'): void {
    if (this.forget(session, end)) void this.host.persistence?.forget(session);
  }

  /** Ends a session that continues in another process. */
  abandon(session: Session): void {
    this.forget(session, 'closed');
  }

  private forget(session: Session, end: SessionEnd): boolean {
    if (!this.sessions.delete(session.id)) return false;
    this.ended.set(session.id, end === 'expired' ? end : 'closed');
    if (this.ended.size > REMEMBERED_ENDS)
      this.ended.delete(this.ended.keys().next().value as string);
    session.channel.current?.close('normal');
    this.end(session, end);
    return true;
  }

  /** Evicts the session that was detached first when too many are detached. */
  limitDetached(): void {
    const waiting = [...this.sessions.values()].filter(({ state }) => state === 'detached');
    if (waiting.length <= this.host.limits.maxDetached) return;
    const [oldest] = waiting.sort((a, b) => a.lastActive - b.lastActive);
    if (oldest !== undefined)
      this.evict(oldest, `more than ${this.host.limits.maxDetached} are detached`);
  }

  /**
   * Ends sessions over the memory limit and, when the total is over its limit, the least recently
   * active ones.
   */
  limitMemory(): void {
    const { sessionMemory, totalMemory } = this.host.limits;
    let total = 0;
    const sizes = new Map<Session, number>();
    for (const session of [...this.sessions.values()]) {
      const size = session.memory;
      if (size > sessionMemory) {
        this.evict(session, `it holds about ${size} bytes`);
      } else {
        sizes.set(session, size);
        total += size;
      }
    }
    for (const [session, size] of [...sizes].sort(([a], [b]) => a.lastActive - b.lastActive)) {
      if (total <= totalMemory) return;
      total -= size;
      this.evict(session, `all sessions together hold more than ${totalMemory} bytes`);
    }
  }

  /** Ends sessions whose browsers stayed away too long. */
  reap(now = Date.now()): void {
    const clock = performance.now();
    for (const session of [...this.sessions.values()]) {
      session.channel.acknowledgements.forgetOld(clock);
      if (this.isExpired(session, now)) this.remove(session, 'expired');
    }
  }

  start(): void {
    this.reaper ??= setInterval(() => this.sweep(), this.host.limits.reapInterval).unref();
  }

  /**
   * Ends all sessions. Their sockets are dropped, so that browsers reconnect to the next process.
   */
  stop(): void {
    clearInterval(this.reaper);
    this.reaper = undefined;
    for (const session of this.sessions.values()) {
      session.channel.current?.drop('shutdown');
      this.end(session, 'shutdown');
    }
    this.sessions.clear();
  }

  private sweep(): void {
    try {
      this.reap();
      this.limitMemory();
    } catch (error) {
      this.host.logger.error('Sessions past their limits could not be ended', error);
    }
  }

  private end(session: Session, end: SessionEnd): void {
    const { metrics } = this.host;
    metrics.recordSessionMemory(session.memory);
    // The clock of the process in which it began may be ahead.
    metrics.recordSessionDuration(end, Math.max(0, Date.now() - session.createdAt) / 1000);
    session.close();
  }

  private isExpired(session: Session, now: number): boolean {
    return session.state === 'detached' && now - session.lastActive > this.host.limits.resumeWindow;
  }
}
