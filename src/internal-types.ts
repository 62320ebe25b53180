import type { RuntimeMetrics } from './metrics/runtimeMetrics';

/** The parts of vango that are used here, by shape: this package works without vango's types and with any copy of it. */
export interface VangoModule {
  readonly version: string;
  readonly exports: VangoExports;
}

export interface VangoExports {
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

/** One load or run. */
export interface Run {
  readonly name: string;
  readonly session: Session;
  readonly signal: AbortSignal;
}

/** What `dispatch` was given. */
export interface Work {
  /** The run whose result it applies. */
  readonly cause?: object;
}

export interface App {
  metrics: RuntimeMetrics;
  setMetrics(metrics: RuntimeMetrics): void;
  readonly sessions: { counts(): { readonly active: number; readonly detached: number } };
  open(): void;
  close(): Promise<void>;
  renderPage(ctx: VangoCtx): void | Promise<void>;
  connect(ctx: VangoCtx): Promise<void>;
}

export interface Session {
  readonly id: string;
  readonly route: string;
  traceparent: string | undefined;
  mount(ctx: VangoCtx): void | Promise<void>;
  dispatchEvent(ctx: VangoCtx): void | Promise<void>;
  refuseEvent(ctx: VangoCtx): void | Promise<void>;
  dispatchWork(ctx: VangoCtx): void | Promise<void>;
  enqueueWork(work: Work): void;
  close(): void;
}

/** One unit of work of the framework: what filters, extractors and hooks are given. */
export interface VangoCtx {
  readonly kind: string;
  /** Raw path, without query. */
  readonly path: string;
  /** Route template, `unmatched` or `none`. */
  readonly route: string;
  readonly session?: Session;
  readonly event?: { readonly type: string; readonly hid: string; readonly seq: number };
  readonly work?: Work;
  readonly handshake?: {
    readonly hello: { readonly sessionId: string };
    readonly receivedAt?: number;
    /** The session the hello names, or why there is none. */
    readonly known?: Session | string;
    readonly status?: number;
    readonly failure?: string;
  };
  readonly response?: { readonly status: number };
  readonly user?: { readonly id: string };
  traceparent?: string;
  readonly patchCount: number;
  readonly error: unknown;
  fail(error: unknown): void;
}
