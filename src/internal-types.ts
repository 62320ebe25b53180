import type { RuntimeMetrics } from 'vango';
import type { VangoCtx, VangoSession } from './types';

/** A copy of vango that was loaded. */
export interface VangoModule {
  /** Undefined for a copy that was passed to `instrument()`. */
  readonly version: string | undefined;
  readonly exports: Vango;
}

/** The parts of vango that are used here, by shape: any copy of vango fits. */
export interface Vango {
  readonly App: { readonly prototype: App; running(): Iterable<App> };
  readonly Session: { readonly prototype: Session };
  readonly Resource?: { readonly prototype: Runner };
  readonly Action?: { readonly prototype: Runner };
  readonly NOOP_METRICS?: RuntimeMetrics;
}

/** A resource or an action. */
export interface Runner {
  execute(run: Run): Promise<unknown>;
}

/** One load of a resource or one run of an action. */
export interface Run {
  readonly name: string;
  readonly session: Session;
  readonly signal: AbortSignal;
  /** Milliseconds since it began. */
  readonly elapsed?: number;
}

/** What `dispatch` was given. */
export interface Work {
  /** The run whose result it applies. */
  readonly cause?: object | undefined;
}

export interface App {
  metrics: RuntimeMetrics;
  setMetrics(metrics: RuntimeMetrics): void;
  readonly sessions: Sessions;
  open(): void;
  close(): Promise<void>;
  renderPage(unit: UnitOfWork): void | Promise<void>;
  connect(unit: UnitOfWork): Promise<void>;
}

/** The sessions of an app. */
export interface Sessions {
  counts(): { readonly active: number; readonly detached: number };
  inFlight(): { readonly running: number; readonly waiting: number };
  readonly limits: {
    readonly maxSessions: number;
    readonly maxDetached: number;
    readonly maxSessionsPerIp: number;
  };
  [Symbol.iterator]?(): Iterator<Session>;
}

export interface Session extends VangoSession {
  readonly path: string;
  /** `attached`, `detached` or `closed`. */
  readonly state?: string;
  readonly user?: { readonly id: string } | undefined;
  /** Milliseconds since the epoch. */
  readonly createdAt?: number;
  readonly lastActive?: number;
  /** Estimated bytes that it holds. */
  readonly memory?: number;
  readonly isHandling?: boolean;
  readonly waitingEvents?: number;
  /** Bytes of all patch frames that it wrote. */
  readonly patchBytes?: number;
  traceparent: string | undefined;
  mount(unit: UnitOfWork): void | Promise<void>;
  dispatchEvent(unit: UnitOfWork): void | Promise<void>;
  refuseEvent(unit: UnitOfWork): void | Promise<void>;
  dispatchWork(unit: UnitOfWork): void | Promise<void>;
  eventShown(unit: UnitOfWork): void;
  enqueueWork(work: Work): void;
  detach(socket: object): void;
  close(): void;
}

/** A unit of work with what only the instrumentation reads. */
export interface UnitOfWork extends VangoCtx {
  readonly session?: Session | undefined;
  readonly work?: Work | undefined;
  /** Bytes of the frames that carried its patches. */
  readonly patchBytes?: number;
  /** Reading of `performance.now()` when an event was received. */
  readonly receivedAt?: number;
  /** The same when it left its queue; 0 before. */
  readonly startedAt?: number;
  /** The same when its last patches were written. */
  readonly handledAt?: number;
  /** The same when the browser acknowledged what it changed. */
  readonly shownAt?: number;
  /** Seconds in all until then, and those of the handling and the network. */
  readonly perceivedTime?: number;
  readonly handlingTime?: number;
  readonly networkTime?: number | undefined;
  /** Seconds that an event waited in its queue, if it was handled. */
  readonly queueTime?: number | undefined;
  /** Seconds in which what it changed was rendered. */
  readonly renderTime?: number;
  /** Set by an observer that asks for it: why components rendered again. */
  renderCauses?: string[] | undefined;
  /** The upgrade request of a connect. */
  readonly request?:
    | { readonly headers: { readonly 'user-agent'?: string | undefined } }
    | undefined;
  /** What a reader of the source calls the handler that was called. */
  readonly handler?: { readonly component: string; readonly name: string } | undefined;
  readonly handshake?: {
    readonly hello: { readonly sessionId: string };
    /** Reading of `performance.now()` when the hello came. */
    readonly receivedAt?: number;
    /** The session that the hello names, or why there is none. */
    readonly known?: Session | string | undefined;
    readonly status?: number | undefined;
    readonly failure?: string | undefined;
  };
  /** W3C trace context that the client sent, or that a page render carries to its page. */
  traceparent?: string | undefined;
  /** Whether `traceparent` is the one that this app gave the page. */
  readonly isTraceparentGenuine?: boolean;
}
