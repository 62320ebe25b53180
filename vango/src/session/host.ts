import type { RuntimeMetrics } from '../metrics';
import type { WriteViolationPolicy } from '../reactive/scope';
import type { Pipeline, RouteMatch } from '../routing';
import type { StorableSession } from '../state/blob';
import type { UnitHost } from './unitOfWork';

/** Limits on what the sessions of a process may use. */
export interface SessionLimits {
  /** Sessions in this process. */
  maxSessions: number;
  /** Sessions of one client address. */
  maxSessionsPerIp: number;
  /** Detached sessions in this process. The one that was detached first makes room. */
  maxDetached: number;
  /** Estimated bytes of one session. */
  sessionMemory: number;
  /** Estimated bytes of all sessions. */
  totalMemory: number;
  /** Resource loads that a session may start within one second; 0 for no limit. */
  resourceStarts: number;
  /** Action runs that a session may start within one second; 0 for no limit. */
  actionStarts: number;
  /** Milliseconds that a detached session waits for its browser. */
  resumeWindow: number;
  /** Milliseconds between two searches for sessions to end. */
  reapInterval: number;
  /** Units of work that may wait in one session. */
  eventQueue: number;
  /** Patch frames kept per session for replay. */
  patchRing: number;
}

/** Keeps sessions beyond the life of their process. */
export interface SessionPersistence {
  save(session: StorableSession): Promise<void>;
  forget(session: StorableSession): Promise<void>;
}

/** What sessions need of the application that they belong to. */
export interface SessionHost extends UnitHost {
  readonly metrics: RuntimeMetrics;
  readonly limits: Readonly<SessionLimits>;
  readonly writeViolations: WriteViolationPolicy;
  /** Title of pages that have none of their own. */
  readonly title: string;
  /** Language of the pages, a BCP 47 tag. */
  readonly lang: string;
  /** Undefined for an application without a session store. */
  readonly persistence: SessionPersistence | undefined;
  /** The page that a canonical path leads to. */
  lookup(path: string): RouteMatch | undefined;
  /** The middleware of a page. */
  pipeline(match: RouteMatch): Pipeline;
  /** Called after a session lost its browser. */
  sessionDetached(): void;
}
