/** Why a hello that carried a session id did not end in a resume. */
export const RESUME_FAILURE_REASONS = [
  'not_found',
  'closed',
  'expired',
  'ip_limit',
  'auth',
  'auth_not_rehydrated',
  'rebuild_error',
  'store_error',
  'decode_error',
  'schema_mismatch',
  'route_mismatch',
] as const;
export type ResumeFailureReason = (typeof RESUME_FAILURE_REASONS)[number];

/** What failed on a WebSocket. */
export const WEBSOCKET_ERROR_TYPES = [
  'upgrade',
  'handshake',
  'read',
  'write',
  'timeout',
  'decode',
  'too_large',
] as const;
export type WebSocketErrorType = (typeof WEBSOCKET_ERROR_TYPES)[number];

/** Server-visible signs that the browser's DOM and the session's tree differ. */
export const PATCH_MISMATCH_REASONS = [
  'seq_gap',
  'history_miss',
  'handler_not_found',
  'reload_after_patch',
  'patch_too_large',
  'unknown_parent',
] as const;
export type PatchMismatchReason = (typeof PATCH_MISMATCH_REASONS)[number];

/** Why a stored blob or signal no longer fits the code. */
export const SCHEMA_MISMATCH_REASONS = [
  'version',
  'type',
  'unknown_id',
  'missing_id',
  'decode',
  'hash',
] as const;
export type SchemaMismatchReason = (typeof SCHEMA_MISMATCH_REASONS)[number];

/** Why a persisted write was refused. */
export const PERSIST_REJECT_REASONS = [
  'not_serializable',
  'signal_too_large',
  'session_too_large',
  'duplicate_id',
  'transient',
  'store_error',
  'store_closed',
] as const;
export type PersistRejectReason = (typeof PERSIST_REJECT_REASONS)[number];

/** How a deploy that discards stored sessions was acknowledged. */
export const COLD_DEPLOY_ACK_SOURCES = ['env', 'config', 'flag', 'api'] as const;
export type ColdDeployAckSource = (typeof COLD_DEPLOY_ACK_SOURCES)[number];

/** Where a signal may not be written. */
export const WRITE_VIOLATION_REASONS = [
  'prefetch',
  'effect',
  'render',
  'off_loop',
  'disposed',
] as const;
export type WriteViolationReason = (typeof WRITE_VIOLATION_REASONS)[number];

/** Operations that write a signal. */
export const SIGNAL_OPERATIONS = ['Set', 'Update'] as const;
export type SignalOperation = (typeof SIGNAL_OPERATIONS)[number];

/** What a hello asked for: a new session, or one that it named. */
export const CONNECT_KINDS = ['new', 'resume'] as const;
export type ConnectKind = (typeof CONNECT_KINDS)[number];

/** The status of the server's hello. */
export const CONNECT_STATUSES = [
  'ok',
  'invalid_csrf',
  'session_expired',
  'server_busy',
  'invalid_format',
  'not_authorized',
  'internal_error',
  'limit_exceeded',
] as const;
export type ConnectStatus = (typeof CONNECT_STATUSES)[number];

/** The class of the HTTP status that answered a page request. */
export const PAGE_STATUSES = ['2xx', '3xx', '4xx', '5xx'] as const;
export type PageStatus = (typeof PAGE_STATUSES)[number];

/** How a socket ended. */
export const CONNECTION_ENDS = [
  'normal',
  'lost',
  'timeout',
  'slow_reader',
  'taken_over',
  'shutdown',
  'refused',
] as const;
export type ConnectionEnd = (typeof CONNECTION_ENDS)[number];

/** The direction of bytes, as this process sees it. */
export const NETWORK_DIRECTIONS = ['receive', 'transmit'] as const;
export type NetworkDirection = (typeof NETWORK_DIRECTIONS)[number];

/** How a session ended in this process. */
export const SESSION_ENDS = ['expired', 'evicted', 'closed', 'shutdown'] as const;
export type SessionEnd = (typeof SESSION_ENDS)[number];

/** Where a session that began in this process comes from: a hello, or the store. */
export const SESSION_ORIGINS = ['new', 'revived'] as const;
export type SessionOrigin = (typeof SESSION_ORIGINS)[number];

/** Why a page was drawn anew as a whole. */
export const RESYNC_CAUSES = ['resume', 'history_miss', 'too_large', 'change'] as const;
export type ResyncCause = (typeof RESYNC_CAUSES)[number];

/** What a limit refused to start. */
export const REFUSED_WORK = ['resource', 'action', 'prefetch', 'queue'] as const;
export type RefusedWork = (typeof REFUSED_WORK)[number];

/** What was asked of a session store. */
export const STORE_OPERATIONS = ['save', 'load', 'forget'] as const;
export type StoreOperation = (typeof STORE_OPERATIONS)[number];

/** How a session store answered. */
export const STORE_OUTCOMES = ['success', 'error'] as const;
export type StoreOutcome = (typeof STORE_OUTCOMES)[number];

/** Client events that are under way. */
export interface EventsInFlight {
  /** Events whose handler has not settled. */
  readonly running: number;
  /** Events that wait for these. */
  readonly waiting: number;
}

/**
 * Takes what the runtime reports. Methods must be fast and must not throw. Sizes are in bytes,
 * durations in the unit that their parameter names. `app.setMetrics()` installs an implementation.
 */
export interface RuntimeMetrics {
  /** A resume reached its first full resync. */
  recordResumeSuccess(): void;
  recordResumeFailure(reason: ResumeFailureReason): void;
  /** A hello with a session id reached the attached state. */
  recordReconnect(): void;
  /** A session was evicted: detached cap, per-IP cap or memory limit. */
  recordEviction(): void;
  /** Memory estimate of a session at its end. */
  recordSessionMemory(bytes: number): void;
  recordWebSocketError(type: WebSocketErrorType): void;
  /** Patches of one frame written; replayed frames do not count again. */
  recordPatches(count: number): void;
  /**
   * Size of one patch frame written, header included. `route` is a template, `unmatched` or `none`.
   */
  recordPatchBytes(route: string, bytes: number): void;
  recordPatchMismatch(reason: PatchMismatchReason): void;
  /** An event left the queue of its session: how long it waited there. */
  recordEventQueue(path: string, seconds: number): void;
  /**
   * The browser applied the last change that an event made to its page: the time since the event
   * was received.
   */
  recordEventPerceived(path: string, seconds: number): void;
  /** What an event changed was rendered and compared with the page shown. */
  recordRenderDuration(route: string, seconds: number): void;
  /** The browser answered a WebSocket ping. */
  recordRoundTrip(seconds: number): void;
  /** A resource load settled. Superseded loads are not reported. */
  recordResourceDuration(resource: string, milliseconds: number): void;
  recordResourceError(resource: string): void;
  /** An action run settled. Cancelled runs are not reported. */
  recordActionDuration(action: string, milliseconds: number): void;
  recordActionError(action: string): void;
  recordSignalWriteViolation(operation: SignalOperation, reason: WriteViolationReason): void;
  /** Encoded bytes of one persisted signal accepted by a save. */
  recordPersistBytes(stableId: string, bytes: number): void;
  recordPersistWriteRejected(reason: PersistRejectReason, stableId: string): void;
  /** Size of a whole session blob handed to the store. */
  recordSessionPersistBytes(bytes: number): void;
  recordSchemaMismatch(reason: SchemaMismatchReason): void;
  recordColdDeployAck(source: ColdDeployAckSource): void;
  /** A hello was answered. */
  recordConnect(kind: ConnectKind, status: ConnectStatus): void;
  /** The same: how long that took from the receipt of the hello. */
  recordConnectDuration(kind: ConnectKind, seconds: number): void;
  /**
   * A page request was answered. `route` is the template of the route that it asked for, or
   * `unmatched`.
   */
  recordPageDuration(route: string, status: PageStatus, seconds: number): void;
  /** A socket ended: how long it was open, from its upgrade. */
  recordConnectionDuration(end: ConnectionEnd, seconds: number): void;
  /** Payload of one WebSocket message, frame header of the protocol included. */
  recordNetworkIo(direction: NetworkDirection, bytes: number): void;
  /**
   * A session ended in this process. The time begins with the session, in whichever process that
   * was.
   */
  recordSessionDuration(end: SessionEnd, seconds: number): void;
  /** A session began in this process. */
  recordSessionCreated(origin: SessionOrigin): void;
  /** A page was drawn anew as a whole, for a browser that is connected. */
  recordResync(cause: ResyncCause): void;
  /** A budget or a full queue refused work. */
  recordBudgetRefusal(kind: RefusedWork): void;
  /** A session store answered. */
  recordStoreOperation(operation: StoreOperation, outcome: StoreOutcome, seconds: number): void;
  /** A route is in use: somebody asked for its page, or a session shows it. */
  noteRoute(route: string): void;
  /** A page has a resource of this name. */
  noteResource(resource: string): void;
  /** A page has an action of this name. */
  noteAction(action: string): void;
}

const nothing = (): void => {};

/** The default: records nothing. */
export const NOOP_METRICS: RuntimeMetrics = Object.freeze({
  recordResumeSuccess: nothing,
  recordResumeFailure: nothing,
  recordReconnect: nothing,
  recordEviction: nothing,
  recordSessionMemory: nothing,
  recordWebSocketError: nothing,
  recordPatches: nothing,
  recordPatchBytes: nothing,
  recordPatchMismatch: nothing,
  recordEventQueue: nothing,
  recordEventPerceived: nothing,
  recordRenderDuration: nothing,
  recordRoundTrip: nothing,
  recordResourceDuration: nothing,
  recordResourceError: nothing,
  recordActionDuration: nothing,
  recordActionError: nothing,
  recordSignalWriteViolation: nothing,
  recordPersistBytes: nothing,
  recordPersistWriteRejected: nothing,
  recordSessionPersistBytes: nothing,
  recordSchemaMismatch: nothing,
  recordColdDeployAck: nothing,
  recordConnect: nothing,
  recordConnectDuration: nothing,
  recordPageDuration: nothing,
  recordConnectionDuration: nothing,
  recordNetworkIo: nothing,
  recordSessionDuration: nothing,
  recordSessionCreated: nothing,
  recordResync: nothing,
  recordBudgetRefusal: nothing,
  recordStoreOperation: nothing,
  noteRoute: nothing,
  noteResource: nothing,
  noteAction: nothing,
});

type Method = (...values: unknown[]) => void;

/** Wraps metrics so that they never throw. `onFailure` gets the first failure of each method. */
export function guardMetrics(
  metrics: RuntimeMetrics,
  onFailure: (method: string, error: unknown) => void,
): RuntimeMetrics {
  const guards: PropertyDescriptorMap = {};
  for (const name of Object.keys(NOOP_METRICS) as Array<keyof RuntimeMetrics>) {
    let hasFailed = false;
    guards[name] = {
      value(...values: unknown[]) {
        try {
          (metrics[name] as Method).apply(metrics, values);
        } catch (error) {
          if (!hasFailed) onFailure(name, error);
          hasFailed = true;
        }
      },
    };
  }
  // Derived from the metrics it guards, so that marks on these are found.
  return Object.create(metrics, guards);
}
