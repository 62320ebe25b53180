import { ERROR_TYPES } from '../errors/classify';

/** A label: one of a closed set of values, or an open one of which only so many values become series. */
export type LabelDefinition =
  | { readonly name: string; readonly values: readonly string[] }
  | { readonly name: string; readonly open: true };

/** One metric. */
export interface MetricDefinition {
  /** Name in Prometheus; with the default namespace the OpenTelemetry name sanitises to exactly this. */
  readonly prometheusName: string;
  /** OpenTelemetry name below the namespace. */
  readonly name: string;
  readonly kind: 'gauge' | 'counter' | 'histogram';
  /** UCUM unit; none for the `_ms` histograms, to whose names a translator would append `_milliseconds`. */
  readonly unit: string | undefined;
  readonly description: string;
  readonly labels: readonly LabelDefinition[];
  /** Upper bounds of a histogram's buckets, in its unit. */
  readonly buckets?: readonly number[];
}

/** Event types of the protocol, as span names and the label `type` have them. */
export const EVENT_TYPES = [
  'Click',
  'DblClick',
  'MouseDown',
  'MouseUp',
  'MouseMove',
  'MouseEnter',
  'MouseLeave',
  'Wheel',
  'Input',
  'Change',
  'Submit',
  'Focus',
  'Blur',
  'KeyDown',
  'KeyUp',
  'KeyPress',
  'Scroll',
  'Resize',
  'TouchStart',
  'TouchMove',
  'TouchEnd',
  'DragStart',
  'DragEnd',
  'Drop',
  'AnimationStart',
  'AnimationEnd',
  'AnimationIteration',
  'AnimationCancel',
  'TransitionStart',
  'TransitionEnd',
  'TransitionRun',
  'TransitionCancel',
  'Hook',
  'Navigate',
  'Custom',
  'Unknown',
] as const;

const MILLISECONDS = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];

const open = (name: string): LabelDefinition => ({ name, open: true });
const closed = (name: string, values: readonly string[]): LabelDefinition => ({ name, values });

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
    kind: 'counter',
    unit: '{resume}',
    description: 'Resumes that reached their first resync.',
    labels: [],
  },
  resumeFailed: {
    prometheusName: 'vango_session_resume_failed_total',
    name: 'session.resume.failed',
    kind: 'counter',
    unit: '{resume}',
    description: 'Hellos with a session id that did not end in a resume.',
    labels: [
      closed('reason', [
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
      ]),
    ],
  },
  reconnects: {
    prometheusName: 'vango_reconnects_total',
    name: 'reconnects',
    kind: 'counter',
    unit: '{reconnect}',
    description: 'Hellos with a session id that reached the attached state.',
    labels: [],
  },
  evictions: {
    prometheusName: 'vango_session_evictions_total',
    name: 'session.evictions',
    kind: 'counter',
    unit: '{session}',
    description: 'Sessions ended to keep a limit: detached, per address or memory.',
    labels: [],
  },
  sessionMemory: {
    prometheusName: 'vango_session_memory_bytes',
    name: 'session.memory.bytes',
    kind: 'histogram',
    unit: 'By',
    description: 'Estimated memory of a session at its end.',
    labels: [],
    buckets: [1024, 10_240, 102_400, 1_048_576, 10_485_760],
  },
  websocketErrors: {
    prometheusName: 'vango_websocket_errors_total',
    name: 'websocket.errors',
    kind: 'counter',
    unit: '{error}',
    description: 'Failures of WebSockets.',
    labels: [closed('type', ['upgrade', 'handshake', 'read', 'write', 'timeout', 'decode', 'too_large'])],
  },
  events: {
    prometheusName: 'vango_events_total',
    name: 'events',
    kind: 'counter',
    unit: '{event}',
    description: 'Client events handled.',
    labels: [closed('type', EVENT_TYPES), open('path'), closed('status', ['success', 'error'])],
  },
  eventDuration: {
    prometheusName: 'vango_event_duration_seconds',
    name: 'event.duration.seconds',
    kind: 'histogram',
    unit: 's',
    description: 'Time from taking an event off its queue to its patches being written.',
    labels: [open('path')],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  eventErrors: {
    prometheusName: 'vango_event_errors_total',
    name: 'event.errors',
    kind: 'counter',
    unit: '{error}',
    description: 'Client events that failed.',
    labels: [open('path'), closed('error_type', ERROR_TYPES)],
  },
  patchesSent: {
    prometheusName: 'vango_patches_sent_total',
    name: 'patches.sent',
    kind: 'counter',
    unit: '{patch}',
    description: 'DOM patches written; replayed frames count once.',
    labels: [],
  },
  patchBytes: {
    prometheusName: 'vango_patch_bytes',
    name: 'patch.bytes',
    kind: 'histogram',
    unit: 'By',
    description: 'Size of each patch frame written.',
    labels: [open('route')],
    buckets: [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536],
  },
  patchMismatch: {
    prometheusName: 'vango_patch_mismatch_total',
    name: 'patch.mismatch',
    kind: 'counter',
    unit: '{mismatch}',
    description: 'Signs seen by the server that page and session tree differ.',
    labels: [
      closed('reason', [
        'seq_gap',
        'history_miss',
        'handler_not_found',
        'reload_after_patch',
        'patch_too_large',
        'unknown_parent',
      ]),
    ],
  },
  resourceDuration: {
    prometheusName: 'vango_resource_duration_ms',
    name: 'resource.duration.ms',
    kind: 'histogram',
    unit: undefined,
    description: 'Time until a resource load settled, in milliseconds.',
    labels: [open('resource')],
    buckets: MILLISECONDS,
  },
  resourceError: {
    prometheusName: 'vango_resource_error_total',
    name: 'resource.error',
    kind: 'counter',
    unit: '{error}',
    description: 'Resource loads that failed.',
    labels: [open('resource')],
  },
  actionDuration: {
    prometheusName: 'vango_action_duration_ms',
    name: 'action.duration.ms',
    kind: 'histogram',
    unit: undefined,
    description: 'Time until an action run settled, in milliseconds.',
    labels: [open('action')],
    buckets: MILLISECONDS,
  },
  actionError: {
    prometheusName: 'vango_action_error_total',
    name: 'action.error',
    kind: 'counter',
    unit: '{error}',
    description: 'Action runs that failed.',
    labels: [open('action')],
  },
  signalWriteViolation: {
    prometheusName: 'vango_signal_write_violation_total',
    name: 'signal.write.violation',
    kind: 'counter',
    unit: '{violation}',
    description: 'Signals written where they may not be.',
    labels: [
      closed('operation', ['Set', 'Update']),
      closed('reason', ['prefetch', 'effect', 'render', 'off_loop', 'disposed']),
    ],
  },
  persistBytes: {
    prometheusName: 'vango_persist_bytes_total',
    name: 'persist.bytes',
    kind: 'counter',
    unit: 'By',
    description: 'Bytes of persisted signals accepted by saves.',
    labels: [open('stable_id')],
  },
  persistWriteRejected: {
    prometheusName: 'vango_persist_write_rejected_total',
    name: 'persist.write.rejected',
    kind: 'counter',
    unit: '{write}',
    description: 'Persisted writes refused.',
    labels: [
      closed('reason', [
        'not_serializable',
        'signal_too_large',
        'session_too_large',
        'duplicate_id',
        'transient',
        'store_error',
        'store_closed',
      ]),
      open('stable_id'),
    ],
  },
  sessionPersistBytes: {
    prometheusName: 'vango_session_persist_bytes',
    name: 'session.persist.bytes',
    kind: 'histogram',
    unit: 'By',
    description: 'Size of a whole session handed to the store.',
    labels: [],
    buckets: [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576],
  },
  schemaMismatch: {
    prometheusName: 'vango_schema_mismatch_total',
    name: 'schema.mismatch',
    kind: 'counter',
    unit: '{mismatch}',
    description: 'Stored sessions or signals that no longer fit the code.',
    labels: [closed('reason', ['version', 'type', 'unknown_id', 'missing_id', 'decode', 'hash'])],
  },
  coldDeployAck: {
    prometheusName: 'vango_cold_deploy_ack_total',
    name: 'cold_deploy.ack',
    kind: 'counter',
    unit: '{ack}',
    description: 'Deploys that discard stored sessions and were acknowledged.',
    labels: [closed('source', ['env', 'config', 'flag', 'api'])],
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricId = keyof typeof CATALOGUE;
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
  return entries.filter(([, definition]) => definition.kind === kind) as Array<[IdOf<K>, MetricDefinition]>;
}
