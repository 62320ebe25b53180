import type {
  ClientEvent,
  ColdDeployAckSource,
  ConnectionEnd,
  ConnectKind,
  ConnectStatus,
  EventsInFlight,
  NetworkDirection,
  PageStatus,
  PatchMismatchReason,
  PersistRejectReason,
  RefusedWork,
  ResumeFailureReason,
  ResyncCause,
  RuntimeMetrics,
  SchemaMismatchReason,
  SessionEnd,
  SessionOrigin,
  SignalOperation,
  StoreOperation,
  StoreOutcome,
  WebSocketErrorType,
  WriteViolationReason,
} from 'vango';
import { ERROR_TYPES } from '../errors/classify';
import type { FailurePlace } from '../failures';

/** A label with a closed set of values, or an open one whose number of values is limited. */
export type LabelDefinition = ClosedLabel<string, string> | OpenLabel<string>;

interface ClosedLabel<N extends string, V extends string> {
  readonly name: N;
  readonly values: readonly V[];
}

interface OpenLabel<N extends string> {
  readonly name: N;
  readonly open: true;
}

/** The labels of a metric: as many as the tables of series and the recorder are made for. */
type Labels =
  | readonly []
  | readonly [LabelDefinition]
  | readonly [LabelDefinition, LabelDefinition]
  | readonly [LabelDefinition, LabelDefinition, LabelDefinition];

/** One metric. */
export interface MetricDefinition {
  /** Name in Prometheus. The OpenTelemetry name with the default namespace sanitises to it. */
  readonly prometheusName: string;
  /** OpenTelemetry name below the namespace. */
  readonly name: string;
  readonly kind: 'gauge' | 'counter' | 'histogram';
  /** UCUM unit; undefined for `_ms` histograms, whose names translators would change. */
  readonly unit: string | undefined;
  readonly description: string;
  readonly labels: Labels;
  /** Upper bounds of a histogram's buckets, in its unit. */
  readonly buckets?: readonly number[];
  /**
   * The method by which the runtime reports it. Its parameters are the values of the labels, then
   * the value measured or, with `hasAmount`, the amount.
   */
  readonly method?: keyof RuntimeMetrics;
  /** Whether the method of a counter takes an amount. */
  readonly hasAmount?: true;
  /**
   * The method by which the runtime says that a value of the first label, an open one, is in use.
   * The series of a counter with this value and all closed ones begin at 0 then.
   */
  readonly opener?: keyof RuntimeMetrics;
}

/** Event types of the protocol, as span names and the label `type` have them. */
export const EVENT_TYPES: readonly string[] = valuesOf<ClientEvent['type']>({
  Click: 0,
  DblClick: 0,
  MouseDown: 0,
  MouseUp: 0,
  MouseMove: 0,
  MouseEnter: 0,
  MouseLeave: 0,
  Wheel: 0,
  Input: 0,
  Change: 0,
  Submit: 0,
  Focus: 0,
  Blur: 0,
  KeyDown: 0,
  KeyUp: 0,
  KeyPress: 0,
  Scroll: 0,
  Resize: 0,
  TouchStart: 0,
  TouchMove: 0,
  TouchEnd: 0,
  DragStart: 0,
  DragEnd: 0,
  Drop: 0,
  AnimationStart: 0,
  AnimationEnd: 0,
  AnimationIteration: 0,
  AnimationCancel: 0,
  TransitionStart: 0,
  TransitionEnd: 0,
  TransitionRun: 0,
  TransitionCancel: 0,
  Hook: 0,
  Navigate: 0,
  Custom: 0,
  Unknown: 0,
});

/** From what nobody notices to what nobody waits for. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const MILLISECONDS = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];

/** For what lasts from a moment to a day. */
const LONG_SECONDS = [1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400];

const open = <N extends string>(name: N): OpenLabel<N> => ({ name, open: true });
const closed = <N extends string, V extends string>(
  name: N,
  values: readonly V[],
): ClosedLabel<N, V> => ({ name, values });

/** All values of a type, in order. One that is missing, or one too many, does not compile. */
function valuesOf<T extends string>(values: Record<T, 0>): readonly T[] {
  return Object.keys(values) as T[];
}

const connectKind = closed('kind', valuesOf<ConnectKind>({ new: 0, resume: 0 }));

/** All metrics. Instruments, documentation and tests derive from this table. */
export const CATALOGUE = {
  sessionsActive: {
    prometheusName: 'vango_sessions_active',
    name: 'sessions.active',
    kind: 'gauge',
    unit: '{session}',
    description: 'Sessions whose browser is connected.',
    labels: [],
  },
  sessionsDetached: {
    prometheusName: 'vango_sessions_detached',
    name: 'sessions.detached',
    kind: 'gauge',
    unit: '{session}',
    description: 'Sessions that wait for their browser to come back.',
    labels: [],
  },
  resumeSuccess: {
    prometheusName: 'vango_session_resume_success_total',
    name: 'session.resume.success',
    method: 'recordResumeSuccess',
    kind: 'counter',
    unit: '{resume}',
    description: 'Resumes that reached their first resync.',
    labels: [],
  },
  resumeFailed: {
    prometheusName: 'vango_session_resume_failed_total',
    name: 'session.resume.failed',
    method: 'recordResumeFailure',
    kind: 'counter',
    unit: '{resume}',
    description: 'Hellos with a session id that did not end in a resume.',
    labels: [
      closed(
        'reason',
        valuesOf<ResumeFailureReason>({
          not_found: 0,
          closed: 0,
          expired: 0,
          ip_limit: 0,
          auth: 0,
          auth_not_rehydrated: 0,
          rebuild_error: 0,
          store_error: 0,
          decode_error: 0,
          schema_mismatch: 0,
          route_mismatch: 0,
        }),
      ),
    ],
  },
  reconnects: {
    prometheusName: 'vango_reconnects_total',
    name: 'reconnects',
    method: 'recordReconnect',
    kind: 'counter',
    unit: '{reconnect}',
    description: 'Hellos with a session id that reached the attached state.',
    labels: [],
  },
  evictions: {
    prometheusName: 'vango_session_evictions_total',
    name: 'session.evictions',
    method: 'recordEviction',
    kind: 'counter',
    unit: '{session}',
    description: 'Sessions ended to keep a limit: detached, per address or memory.',
    labels: [],
  },
  sessionMemory: {
    prometheusName: 'vango_session_memory_bytes',
    name: 'session.memory.bytes',
    method: 'recordSessionMemory',
    kind: 'histogram',
    unit: 'By',
    description: 'Estimated memory of a session at its end.',
    labels: [],
    buckets: [1024, 10_240, 102_400, 1_048_576, 10_485_760],
  },
  websocketErrors: {
    prometheusName: 'vango_websocket_errors_total',
    name: 'websocket.errors',
    method: 'recordWebSocketError',
    kind: 'counter',
    unit: '{error}',
    description: 'Failures of WebSockets.',
    labels: [
      closed(
        'type',
        valuesOf<WebSocketErrorType>({
          upgrade: 0,
          handshake: 0,
          read: 0,
          write: 0,
          timeout: 0,
          decode: 0,
          too_large: 0,
        }),
      ),
    ],
  },
  events: {
    prometheusName: 'vango_events_total',
    name: 'events',
    kind: 'counter',
    unit: '{event}',
    description: 'Client events handled.',
    labels: [
      closed('type', EVENT_TYPES),
      open('path'),
      closed('status', ['success', 'error'] as const),
    ],
  },
  eventDuration: {
    prometheusName: 'vango_event_duration_seconds',
    name: 'event.duration.seconds',
    kind: 'histogram',
    unit: 's',
    description: 'Time from taking an event off its queue to its patches being written.',
    labels: [open('path')],
    buckets: SECONDS,
  },
  eventErrors: {
    prometheusName: 'vango_event_errors_total',
    name: 'event.errors',
    opener: 'noteRoute',
    kind: 'counter',
    unit: '{error}',
    description: 'Client events that failed.',
    labels: [open('path'), closed('error_type', ERROR_TYPES)],
  },
  eventQueue: {
    prometheusName: 'vango_event_queue_seconds',
    name: 'event.queue.seconds',
    method: 'recordEventQueue',
    kind: 'histogram',
    unit: 's',
    description: 'Time that a client event waited in the queue of its session.',
    labels: [open('path')],
    buckets: SECONDS,
  },
  eventPerceived: {
    prometheusName: 'vango_event_perceived_seconds',
    name: 'event.perceived.seconds',
    method: 'recordEventPerceived',
    kind: 'histogram',
    unit: 's',
    description: 'Time from an event to its last change of the page, as its user sees it.',
    labels: [open('path')],
    buckets: SECONDS,
  },
  renderDuration: {
    prometheusName: 'vango_render_duration_seconds',
    name: 'render.duration.seconds',
    method: 'recordRenderDuration',
    kind: 'histogram',
    unit: 's',
    description: 'Time to render what an event changed, and to compare it with the page shown.',
    labels: [open('route')],
    buckets: [0.0005, 0.001, 0.0025, ...SECONDS.slice(0, 8)],
  },
  roundTrip: {
    prometheusName: 'vango_round_trip_seconds',
    name: 'round_trip.seconds',
    method: 'recordRoundTrip',
    kind: 'histogram',
    unit: 's',
    description: 'Time until a browser answered a WebSocket ping.',
    labels: [],
    buckets: SECONDS,
  },
  patchesSent: {
    prometheusName: 'vango_patches_sent_total',
    name: 'patches.sent',
    method: 'recordPatches',
    hasAmount: true,
    kind: 'counter',
    unit: '{patch}',
    description: 'DOM patches written; replayed frames count once.',
    labels: [],
  },
  patchBytes: {
    prometheusName: 'vango_patch_bytes',
    name: 'patch.bytes',
    method: 'recordPatchBytes',
    kind: 'histogram',
    unit: 'By',
    description: 'Size of each patch frame written.',
    labels: [open('route')],
    buckets: [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536],
  },
  patchMismatch: {
    prometheusName: 'vango_patch_mismatch_total',
    name: 'patch.mismatch',
    method: 'recordPatchMismatch',
    kind: 'counter',
    unit: '{mismatch}',
    description: 'Signs seen by the server that page and session tree differ.',
    labels: [
      closed(
        'reason',
        valuesOf<PatchMismatchReason>({
          seq_gap: 0,
          history_miss: 0,
          handler_not_found: 0,
          reload_after_patch: 0,
          patch_too_large: 0,
          unknown_parent: 0,
        }),
      ),
    ],
  },
  resourceDuration: {
    prometheusName: 'vango_resource_duration_ms',
    name: 'resource.duration.ms',
    method: 'recordResourceDuration',
    kind: 'histogram',
    unit: undefined,
    description: 'Time until a resource load settled, in milliseconds.',
    labels: [open('resource')],
    buckets: MILLISECONDS,
  },
  resourceError: {
    prometheusName: 'vango_resource_error_total',
    name: 'resource.error',
    method: 'recordResourceError',
    opener: 'noteResource',
    kind: 'counter',
    unit: '{error}',
    description: 'Resource loads that failed.',
    labels: [open('resource')],
  },
  actionDuration: {
    prometheusName: 'vango_action_duration_ms',
    name: 'action.duration.ms',
    method: 'recordActionDuration',
    kind: 'histogram',
    unit: undefined,
    description: 'Time until an action run settled, in milliseconds.',
    labels: [open('action')],
    buckets: MILLISECONDS,
  },
  actionError: {
    prometheusName: 'vango_action_error_total',
    name: 'action.error',
    method: 'recordActionError',
    opener: 'noteAction',
    kind: 'counter',
    unit: '{error}',
    description: 'Action runs that failed.',
    labels: [open('action')],
  },
  signalWriteViolation: {
    prometheusName: 'vango_signal_write_violation_total',
    name: 'signal.write.violation',
    method: 'recordSignalWriteViolation',
    kind: 'counter',
    unit: '{violation}',
    description: 'Signals written where they may not be.',
    labels: [
      closed('operation', valuesOf<SignalOperation>({ Set: 0, Update: 0 })),
      closed(
        'reason',
        valuesOf<WriteViolationReason>({
          prefetch: 0,
          effect: 0,
          render: 0,
          off_loop: 0,
          disposed: 0,
        }),
      ),
    ],
  },
  persistBytes: {
    prometheusName: 'vango_persist_bytes_total',
    name: 'persist.bytes',
    method: 'recordPersistBytes',
    hasAmount: true,
    kind: 'counter',
    unit: 'By',
    description: 'Bytes of persisted signals accepted by saves.',
    labels: [open('stable_id')],
  },
  persistWriteRejected: {
    prometheusName: 'vango_persist_write_rejected_total',
    name: 'persist.write.rejected',
    method: 'recordPersistWriteRejected',
    kind: 'counter',
    unit: '{write}',
    description: 'Persisted writes refused.',
    labels: [
      closed(
        'reason',
        valuesOf<PersistRejectReason>({
          not_serializable: 0,
          signal_too_large: 0,
          session_too_large: 0,
          duplicate_id: 0,
          transient: 0,
          store_error: 0,
          store_closed: 0,
        }),
      ),
      open('stable_id'),
    ],
  },
  sessionPersistBytes: {
    prometheusName: 'vango_session_persist_bytes',
    name: 'session.persist.bytes',
    method: 'recordSessionPersistBytes',
    kind: 'histogram',
    unit: 'By',
    description: 'Size of a whole session handed to the store.',
    labels: [],
    buckets: [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576],
  },
  schemaMismatch: {
    prometheusName: 'vango_schema_mismatch_total',
    name: 'schema.mismatch',
    method: 'recordSchemaMismatch',
    kind: 'counter',
    unit: '{mismatch}',
    description: 'Stored sessions or signals that no longer fit the code.',
    labels: [
      closed(
        'reason',
        valuesOf<SchemaMismatchReason>({
          version: 0,
          type: 0,
          unknown_id: 0,
          missing_id: 0,
          decode: 0,
          hash: 0,
        }),
      ),
    ],
  },
  coldDeployAck: {
    prometheusName: 'vango_cold_deploy_ack_total',
    name: 'cold_deploy.ack',
    method: 'recordColdDeployAck',
    kind: 'counter',
    unit: '{ack}',
    description: 'Deploys that discard stored sessions and were acknowledged.',
    labels: [
      closed('source', valuesOf<ColdDeployAckSource>({ env: 0, config: 0, flag: 0, api: 0 })),
    ],
  },
  connects: {
    prometheusName: 'vango_connects_total',
    name: 'connects',
    method: 'recordConnect',
    kind: 'counter',
    unit: '{connect}',
    description: 'Hellos that were answered.',
    labels: [
      connectKind,
      closed(
        'status',
        valuesOf<ConnectStatus>({
          ok: 0,
          invalid_csrf: 0,
          session_expired: 0,
          server_busy: 0,
          invalid_format: 0,
          not_authorized: 0,
          internal_error: 0,
          limit_exceeded: 0,
        }),
      ),
    ],
  },
  connectDuration: {
    prometheusName: 'vango_connect_duration_seconds',
    name: 'connect.duration.seconds',
    method: 'recordConnectDuration',
    kind: 'histogram',
    unit: 's',
    description: 'Time from the receipt of a hello to its answer.',
    labels: [connectKind],
    buckets: SECONDS,
  },
  pageDuration: {
    prometheusName: 'vango_page_duration_seconds',
    name: 'page.duration.seconds',
    method: 'recordPageDuration',
    kind: 'histogram',
    unit: 's',
    description: 'Time from a page request to its answer.',
    labels: [
      open('route'),
      closed('status', valuesOf<PageStatus>({ '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0 })),
    ],
    buckets: SECONDS,
  },
  eventsInFlight: {
    prometheusName: 'vango_events_in_flight',
    name: 'events.in.flight',
    kind: 'gauge',
    unit: '{event}',
    description: 'Client events that are handled now, and those that wait for them.',
    labels: [closed('state', valuesOf<keyof EventsInFlight>({ running: 0, waiting: 0 }))],
  },
  connectionDuration: {
    prometheusName: 'vango_connection_duration_seconds',
    name: 'connection.duration.seconds',
    method: 'recordConnectionDuration',
    kind: 'histogram',
    unit: 's',
    description: 'How long sockets were open, by how they ended.',
    labels: [
      closed(
        'end',
        valuesOf<ConnectionEnd>({
          normal: 0,
          lost: 0,
          timeout: 0,
          slow_reader: 0,
          taken_over: 0,
          shutdown: 0,
          refused: 0,
        }),
      ),
    ],
    buckets: LONG_SECONDS,
  },
  sessionDuration: {
    prometheusName: 'vango_session_duration_seconds',
    name: 'session.duration.seconds',
    method: 'recordSessionDuration',
    kind: 'histogram',
    unit: 's',
    description: 'How long sessions lived, by how they ended in this process.',
    labels: [
      closed('end', valuesOf<SessionEnd>({ expired: 0, evicted: 0, closed: 0, shutdown: 0 })),
    ],
    buckets: LONG_SECONDS,
  },
  sessionsCreated: {
    prometheusName: 'vango_sessions_created_total',
    name: 'sessions.created',
    method: 'recordSessionCreated',
    kind: 'counter',
    unit: '{session}',
    description: 'Sessions that began in this process.',
    labels: [closed('origin', valuesOf<SessionOrigin>({ new: 0, revived: 0 }))],
  },
  sessionLimit: {
    prometheusName: 'vango_session_limit',
    name: 'session.limit',
    kind: 'gauge',
    unit: '{session}',
    description: 'The limits on sessions that are configured.',
    labels: [closed('limit', ['max', 'detached', 'per_ip'] as const)],
  },
  networkIo: {
    prometheusName: 'vango_network_io_bytes_total',
    name: 'network.io.bytes',
    method: 'recordNetworkIo',
    hasAmount: true,
    kind: 'counter',
    unit: 'By',
    description: 'Payload bytes of WebSocket messages.',
    labels: [closed('direction', valuesOf<NetworkDirection>({ receive: 0, transmit: 0 }))],
  },
  resyncs: {
    prometheusName: 'vango_resyncs_total',
    name: 'resyncs',
    method: 'recordResync',
    kind: 'counter',
    unit: '{resync}',
    description: 'Pages drawn anew as a whole.',
    labels: [
      closed(
        'cause',
        valuesOf<ResyncCause>({ resume: 0, history_miss: 0, too_large: 0, change: 0 }),
      ),
    ],
  },
  budgetRefusals: {
    prometheusName: 'vango_budget_refusals_total',
    name: 'budget.refusals',
    method: 'recordBudgetRefusal',
    kind: 'counter',
    unit: '{refusal}',
    description: 'Work that a budget or a full queue refused.',
    labels: [
      closed('kind', valuesOf<RefusedWork>({ resource: 0, action: 0, prefetch: 0, queue: 0 })),
    ],
  },
  storeOperationDuration: {
    prometheusName: 'vango_store_operation_duration_seconds',
    name: 'store.operation.duration.seconds',
    method: 'recordStoreOperation',
    kind: 'histogram',
    unit: 's',
    description: 'Time until a session store answered.',
    labels: [
      closed('operation', valuesOf<StoreOperation>({ save: 0, load: 0, forget: 0 })),
      closed('outcome', valuesOf<StoreOutcome>({ success: 0, error: 0 })),
    ],
    buckets: SECONDS,
  },
  telemetryFailures: {
    prometheusName: 'vango_telemetry_failures_total',
    name: 'telemetry.failures',
    kind: 'counter',
    unit: '{failure}',
    description: 'Failures of telemetry itself, which were swallowed.',
    labels: [
      closed(
        'where',
        valuesOf<FailurePlace>({
          hook: 0,
          filter: 0,
          extractor: 0,
          span: 0,
          metric: 0,
          exporter: 0,
        }),
      ),
    ],
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricId = keyof typeof CATALOGUE;

/** The methods of the runtime that have a metric. */
type ReportedMethod =
  | Extract<(typeof CATALOGUE)[MetricId], { method: string }>['method']
  | Extract<(typeof CATALOGUE)[MetricId], { opener: string }>['opener'];
/** Does not compile when a method of the runtime has no metric. */
const UNREPORTED: Record<Exclude<keyof RuntimeMetrics, ReportedMethod>, never> = {};
void UNREPORTED;

type IdOf<K extends MetricDefinition['kind']> = {
  [I in MetricId]: (typeof CATALOGUE)[I]['kind'] extends K ? I : never;
}[MetricId];
export type CounterId = IdOf<'counter'>;
export type HistogramId = IdOf<'histogram'>;
export type GaugeId = IdOf<'gauge'>;

/** The metrics of one kind. */
export function definitionsOf<K extends MetricDefinition['kind']>(
  kind: K,
): Array<[IdOf<K>, MetricDefinition]> {
  const entries = Object.entries(CATALOGUE) as Array<[MetricId, MetricDefinition]>;
  return entries.filter(([, definition]) => definition.kind === kind) as Array<
    [IdOf<K>, MetricDefinition]
  >;
}
