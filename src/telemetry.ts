import {
  type Context,
  context,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type Span,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { type ResolvedConfig, resolveConfig } from './config';
import type { VangoCtx } from './internal-types';
import { Recorder } from './metrics/recorder';
import { processState } from './processState';
import { report, safely, show, warnOnce } from './safely';
import { startAttributes } from './tracing/attributes';
import { placeBy } from './tracing/clientContext';
import type { SpanFamily } from './tracing/family';
import { Observation } from './tracing/observation';
import { PACKAGE_NAME, PACKAGE_VERSION } from './version';

const NOOP_PROVIDER: TracerProvider = new ProxyTracerProvider().getDelegate();
const COUNTED = Symbol.for('vango.otel.counted');
const TRACED = Symbol.for('vango.otel.traced');

/**
 * What observers leave on a context: the framework's dispatch and a middleware in it see one event,
 * and observe it once.
 */
interface Marked {
  [COUNTED]?: boolean;
  /** The span of this unit of work, or null when it gets none. */
  [TRACED]?: Span | null;
}

/** What is to be observed of an operation. */
export interface Aspects {
  /** Whether it counts as a client event. */
  readonly count: boolean;
  readonly trace: boolean;
}

export const BOTH: Aspects = { count: true, trace: true };
export const TRACE: Aspects = { count: false, trace: true };
export const COUNT: Aspects = { count: true, trace: false };

/** The span that observes a unit of work, whoever started it. */
export function spanOf(ctx: VangoCtx): Span | undefined {
  return (ctx as Marked)[TRACED] ?? undefined;
}

/** The recorder of this process, made at first use. */
export function sharedRecorder(config: ResolvedConfig): Recorder {
  const state = processState();
  state.recorder ??= new Recorder(config.metrics);
  return state.recorder;
}

/** What wrappers and middleware observe with: a configuration, a tracer, the recorder. */
export class Telemetry {
  config: ResolvedConfig;
  private provider: TracerProvider = trace.getTracerProvider();
  private tracer: Tracer;

  constructor(
    config: ResolvedConfig = resolveConfig(),
    private readonly tracerName = PACKAGE_NAME,
  ) {
    this.config = config;
    this.tracer = this.provider.getTracer(tracerName, PACKAGE_VERSION);
  }

  get recorder(): Recorder {
    return sharedRecorder(this.config);
  }

  /** Spans come from this provider from now on. */
  setTracerProvider(provider: TracerProvider): void {
    this.provider = provider;
    this.tracer = provider.getTracer(this.tracerName, PACKAGE_VERSION);
  }

  /** Begins to observe an operation. Undefined when nothing of it is left to observe. */
  observe(family: SpanFamily, ctx: VangoCtx, aspects: Aspects): Observation | undefined {
    const marked = ctx as Marked;
    const counts = aspects.count && marked[COUNTED] !== true;
    const traces = aspects.trace && marked[TRACED] === undefined;
    if (!counts && !traces) return undefined;
    if (counts) marked[COUNTED] = true;
    let active: Context | undefined;
    if (traces) {
      marked[TRACED] = null;
      try {
        if (this.isTracing) active = this.begin(family, ctx, marked);
      } catch (error) {
        report('starting a span', error);
      }
    }
    return new Observation(this, family, ctx, traces ? spanOf(ctx) : undefined, active, counts);
  }

  /** The tracer, if spans go anywhere. */
  get activeTracer(): Tracer | undefined {
    return this.isTracing ? this.tracer : undefined;
  }

  /** Whether spans go anywhere: without a tracer provider nothing is built for them. */
  private get isTracing(): boolean {
    const { provider } = this;
    return !(provider instanceof ProxyTracerProvider) || provider.getDelegate() !== NOOP_PROVIDER;
  }

  private isIgnored(ctx: VangoCtx): boolean {
    const { filter, ignoreEvents } = this.config;
    if (ctx.event !== undefined && ignoreEvents.has(ctx.event.type)) return true;
    if (filter === undefined) return false;
    const kept: unknown = safely('the filter', () => filter(ctx));
    if (typeof kept === 'object' && kept !== null) {
      warnOnce(
        'what the filter gives',
        `the filter gave ${show(kept)}, so it keeps all; have it give true or false at once`,
      );
    }
    return kept === false;
  }

  /**
   * Starts the span of an operation, unless it is to have none, and gives the context the operation
   * is to run in.
   */
  private begin(family: SpanFamily, ctx: VangoCtx, marked: Marked): Context {
    const { config } = this;
    const base = family.nested ? context.active() : ROOT_CONTEXT;
    if (this.isIgnored(ctx)) return base;
    const sent = family.nested ? undefined : placeBy(ctx.traceparent, config.trustClientContext);
    const links = family.links?.(ctx) ?? [];
    if (sent?.link !== undefined) links.push(sent.link);
    const span = this.tracer.startSpan(
      family.name(ctx),
      {
        kind: family.kind,
        attributes: startAttributes(ctx, config),
        links,
        startTime: family.startTime?.(ctx),
      },
      sent?.parent ?? base,
    );
    marked[TRACED] = span;
    family.started?.(span, ctx);
    return trace.setSpan(base, span);
  }
}
