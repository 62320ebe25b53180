import {
  type Context,
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
import { report, safely } from './safely';
import { startAttributes } from './tracing/attributes';
import type { SpanFamily } from './tracing/family';
import { Observation } from './tracing/observation';
import { PACKAGE_NAME, PACKAGE_VERSION } from './version';

const NOOP_PROVIDER: TracerProvider = new ProxyTracerProvider().getDelegate();
const OBSERVED = Symbol.for('vango.otel.observed');

interface Marked {
  [OBSERVED]?: boolean;
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
  private tracer: Tracer = this.provider.getTracer(PACKAGE_NAME, PACKAGE_VERSION);

  constructor(config: ResolvedConfig = resolveConfig()) {
    this.config = config;
  }

  get recorder(): Recorder {
    return sharedRecorder(this.config);
  }

  /** Spans come from this provider from now on. */
  setTracerProvider(provider: TracerProvider): void {
    this.provider = provider;
    this.tracer = provider.getTracer(PACKAGE_NAME, PACKAGE_VERSION);
  }

  /**
   * Begins to observe an operation. Undefined when it is observed already: the framework's dispatch and a middleware in it are one event.
   * @param counted whether it counts as a client event
   */
  observe(family: SpanFamily, ctx: VangoCtx, counted = false): Observation | undefined {
    if (counted) {
      const marked = ctx as Marked;
      if (marked[OBSERVED]) return undefined;
      marked[OBSERVED] = true;
    }
    let span: Span | undefined;
    let active: Context = ROOT_CONTEXT;
    try {
      active = family.parent(ctx, this.config);
      if (this.isTracing && !this.isIgnored(ctx)) {
        span = this.start(family, ctx, active);
        active = trace.setSpan(active, span);
        family.started?.(span, ctx);
      }
    } catch (error) {
      report('starting a span', error);
    }
    return new Observation(this, family, ctx, span, active, counted);
  }

  /** Whether spans go anywhere: without a tracer provider nothing is built for them. */
  private get isTracing(): boolean {
    const { provider } = this;
    return !(provider instanceof ProxyTracerProvider) || provider.getDelegate() !== NOOP_PROVIDER;
  }

  private isIgnored(ctx: VangoCtx): boolean {
    const { filter, ignoreEvents } = this.config;
    if (ctx.event !== undefined && ignoreEvents.has(ctx.event.type)) return true;
    return filter !== undefined && safely('the filter', () => filter(ctx)) === false;
  }

  private start(family: SpanFamily, ctx: VangoCtx, parent: Context): Span {
    return this.tracer.startSpan(
      family.name(ctx),
      {
        kind: family.kind,
        attributes: startAttributes(ctx, this.config),
        links: family.links?.(ctx, this.config),
      },
      parent,
    );
  }
}
