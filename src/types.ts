import type { Attributes, Span } from '@opentelemetry/api';
import type { InstrumentationConfig } from '@opentelemetry/instrumentation';
import type { RuntimeMetrics } from 'vango';

/**
 * What a trace context that a browser sends becomes: the parent of the event's span, a link of that
 * span, or nothing.
 */
export type ClientContextTrust = 'parent' | 'link' | 'ignore';

/** One unit of work of the framework, as filters, extractors, hooks and middleware see it. */
export interface VangoCtx {
  /**
   * `page`, `connect`, `mount`, `resume`, `navigate`, `prefetch`, `event` or `work`; hooks also get
   * `resource` and `action`.
   */
  readonly kind: string;
  /** Path of the page, without its query. */
  readonly path: string;
  /** Route template, `unmatched` or `none`. */
  readonly route: string;
  readonly session?: VangoSession | undefined;
  /** The client event, where there is one. */
  readonly event?:
    | { readonly type: string; readonly hid: string; readonly seq: number }
    | undefined;
  readonly user?: { readonly id: string } | undefined;
  /** Number of patches written so far. */
  readonly patchCount: number;
  /** Why the unit of work failed, if it did. */
  readonly error: unknown;
  /** Marks the unit of work as failed. */
  fail(error: unknown): void;
}

/** The session of a unit of work. */
export interface VangoSession {
  /** 32 hexadecimal digits. */
  readonly id: string;
  /** Template of the route that the session shows. */
  readonly route: string;
}

/** Router middleware of vango. */
export type VangoMiddleware = (
  ctx: VangoCtx,
  next: () => void | Promise<void>,
) => void | Promise<void>;

/** An application of vango, as `attachPrometheus()` takes it. */
export interface VangoApp {
  readonly metrics: RuntimeMetrics;
  setMetrics(metrics: RuntimeMetrics): void;
  readonly sessions: {
    counts(): { readonly active: number; readonly detached: number };
    inFlight(): { readonly running: number; readonly waiting: number };
    readonly limits: {
      readonly maxSessions: number;
      readonly maxDetached: number;
      readonly maxSessionsPerIp: number;
    };
  };
  close(): Promise<void>;
}

/** The exports of the module `vango`, as `instrument()` takes them. */
export interface VangoExports {
  readonly App: object;
  readonly Session: object;
  readonly Resource?: object;
  readonly Action?: object;
}

/** A method whose label values may be any text. */
type WithAnyText<F> = F extends (...values: infer V) => void
  ? (...values: { [I in keyof V]: V[I] extends string ? string : V[I] }) => void
  : never;

/**
 * Records metrics by hand, for what no instrumented app reports. The name is that of the Go
 * package; it has nothing to do with the OpenTelemetry Collector.
 */
export type Collector = {
  readonly [M in keyof RuntimeMetrics]: WithAnyText<RuntimeMetrics[M]>;
} & {
  /** Changes the number of active sessions by `delta`. */
  recordSessionActive(delta: number): void;
  /** Changes the number of detached sessions by `delta`. */
  recordSessionDetached(delta: number): void;
};

/** How metrics are named and bounded. */
export interface VangoMetricsConfig {
  /** First part of all metric names: letters, digits and `_`. Default: `vango`. */
  namespace?: string;
  /** Second part of all metric names. Default: none. */
  subsystem?: string;
  /** Labels that all series carry. Default: none. */
  constLabels?: Readonly<Record<string, string>>;
  /** Rising upper bounds of the buckets of the event duration, in seconds. Default: 0.005 to 10. */
  buckets?: readonly number[];
  /** Values of the labels `path` and `route`; further ones become `_other`. Default: 1000. */
  maxRoutes?: number;
  /** Values of the label `resource`; further ones become `_other`. Default: 200. */
  maxResources?: number;
  /** Values of the label `action`; further ones become `_other`. Default: 200. */
  maxActions?: number;
  /** Values of the label `stable_id`; further ones become `_other`. Default: 500. */
  maxStableIds?: number;
}

/** Options of `VangoInstrumentation`. */
export interface VangoInstrumentationConfig extends InstrumentationConfig {
  /** Whether a unit of work gets a span. It is counted in either case. Default: all do. */
  filter?: (ctx: VangoCtx) => boolean;
  /** Event types that get no span, such as `Input`. They are still counted. Default: none. */
  ignoreEvents?: readonly string[];
  /** Further attributes of a span, set at its start, where samplers see them. Default: none. */
  attributeExtractor?: (ctx: VangoCtx) => Attributes;
  /**
   * Called with each span just before it ends, after its last attributes are set. Default: none.
   */
  spanEndHook?: (span: Span, ctx: VangoCtx) => void;
  /** Whether spans carry the user's id. Default: false. */
  includeUserId?: boolean;
  /** Whether spans carry the route template. Default: true. */
  includeRoute?: boolean;
  /** Whether spans that succeed get the status Ok instead of none. Default: false. */
  statusOk?: boolean;
  /**
   * What a trace context that a browser sends becomes: `link` links to it; `parent` makes it the
   * parent, and believes its sampled flag; `ignore` drops it. Default: `link`.
   */
  trustClientContext?: ClientContextTrust;
  /**
   * Whether samplers decide on all traces of a session alike. It takes a consistent probability
   * sampler, such as `sessionSampler()`; others decide as they did. Default: false.
   */
  sessionSampling?: boolean;
  /** How metrics are named and bounded. */
  metrics?: VangoMetricsConfig;
}
