import {
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { type ResolvedConfig, resolveConfig } from '../config';
import type { Session, UnitOfWork } from '../internal-types';
import { reportFailure, show, warnOnce } from '../messages';
import { Recorder } from '../metrics/recorder';
import { processState } from '../processState';
import { safely } from '../safely';
import { inSession, sessionOf } from '../sampling/sessionRoot';
import { isActiveTracer, isWaiting } from '../sdkState';
import type { VangoCtx } from '../types';
import { PACKAGE_NAME, PACKAGE_VERSION } from '../version';
import { startAttributes } from './attributes';
import { type Aspects, Observation } from './observation';
import { keepInSession, type Placement, resolveParent } from './resolveParent';
import type { SpanDefinition } from './spans';

const MARKS = Symbol.for('vango.otel.marks');

/**
 * Marks on a unit of work. The framework's dispatch and a middleware in it see the same event, and
 * observe it once.
 */
class Marks {
  isCounted = false;
  /** The span of this unit of work, or null when it has none. Undefined until it is traced. */
  span: Span | null | undefined = undefined;
  /** The context of what is measured of it. */
  measured: Context = ROOT_CONTEXT;
}

interface MarkedCtx extends VangoCtx {
  [MARKS]?: Marks;
}

function marksOf(ctx: VangoCtx): Marks | undefined {
  const marked: MarkedCtx = ctx;
  return marked[MARKS];
}

/** The span of a unit of work, started by the instrumentation or by a middleware. */
export function spanOf(ctx: VangoCtx): Span | undefined {
  return marksOf(ctx)?.span ?? undefined;
}

/** Whether an observation of this unit of work records its failure when it ends. */
export function isObserved(ctx: VangoCtx): boolean {
  return marksOf(ctx)?.span !== undefined;
}

/** The recorder of this process, made at its first use. */
export function sharedRecorder(config: ResolvedConfig): Recorder {
  const state = processState();
  state.recorder ??= new Recorder(config.metrics);
  return state.recorder;
}

/** Observes operations for wrappers and middleware, by a configuration and a tracer. */
export class Observer {
  config: ResolvedConfig;
  private provider: TracerProvider = trace.getTracerProvider();
  private tracer: Tracer;

  constructor(
    config: ResolvedConfig = resolveConfig(),
    private readonly tracerName = PACKAGE_NAME,
  ) {
    this.config = config;
    this.tracer = this.newTracer();
  }

  get recorder(): Recorder {
    return sharedRecorder(this.config);
  }

  /** Takes the tracer from another provider. */
  setTracerProvider(provider: TracerProvider): void {
    this.provider = provider;
    this.tracer = this.newTracer();
  }

  /** The tracer, if its spans go anywhere: without an SDK, nothing is built for spans. */
  get activeTracer(): Tracer | undefined {
    if (isActiveTracer(this.tracer)) return this.tracer;
    if (isWaiting(this.provider)) return undefined;
    this.tracer = this.newTracer();
    return isActiveTracer(this.tracer) ? this.tracer : undefined;
  }

  /** Begins to observe an operation. Returns undefined when nothing of it is left to observe. */
  observe(definition: SpanDefinition, unit: UnitOfWork, aspects: Aspects): Observation | undefined {
    const marked: MarkedCtx = unit;
    marked[MARKS] ??= new Marks();
    const marks = marked[MARKS];
    const counts = aspects.count && !marks.isCounted;
    const traces = aspects.span && marks.span === undefined;
    if (!counts && !traces) return undefined;
    if (counts) marks.isCounted = true;
    let active: Context | undefined;
    if (traces) {
      marks.span = null;
      try {
        const tracer = this.activeTracer;
        if (tracer !== undefined) active = this.start(tracer, definition, unit, marks);
      } catch (error) {
        reportFailure('span', 'starting a span', error);
      }
    }
    const left =
      counts === aspects.count && traces === aspects.span
        ? aspects
        : { count: counts, span: traces };
    const span = (traces && marks.span) || undefined;
    const observation = new Observation(this, definition, unit, span, active, left);
    if (traces) marks.measured = observation.measured;
    return observation;
  }

  /**
   * Runs what measures a unit of work after its span has ended, as if the span were active: to make
   * it so costs more than the measurement.
   */
  measureLater<S>(unit: UnitOfWork, run: (this: S, unit: UnitOfWork) => void, self: S): void {
    const { recorder } = this;
    const outer = recorder.measured;
    recorder.measured = marksOf(unit)?.measured ?? ROOT_CONTEXT;
    try {
      run.call(self, unit);
    } finally {
      recorder.measured = outer;
    }
  }

  /** Runs the `spanEndHook` on a span whose last attributes are set. */
  runSpanEndHook(span: Span, ctx: VangoCtx): void {
    const { spanEndHook } = this.config;
    if (spanEndHook !== undefined) safely('hook', 'the spanEndHook', () => spanEndHook(span, ctx));
  }

  /**
   * The context in which a span starts that has no other parent than the active span of `base`. A
   * root shares the decision of samplers on its session, if that is asked for.
   */
  rootFor(session: Session | undefined, base: Context): Context {
    return this.config.sessionSampling && session !== undefined && !trace.getSpan(base)
      ? inSession(base, session)
      : base;
  }

  private newTracer(): Tracer {
    return this.provider.getTracer(this.tracerName, PACKAGE_VERSION);
  }

  private isIgnored(ctx: VangoCtx): boolean {
    const { filter, ignoreEvents } = this.config;
    if (ctx.event !== undefined && ignoreEvents.has(ctx.event.type)) return true;
    if (filter === undefined) return false;
    const kept: unknown = safely('filter', 'the filter', () => filter(ctx));
    if (typeof kept === 'object' && kept !== null) {
      warnOnce(
        'the result of the filter',
        `the filter returned ${show(kept)}, so it keeps all; return true or false`,
      );
    }
    return kept === false;
  }

  private placeByClient(unit: UnitOfWork): Placement | undefined {
    const { trustClientContext, sessionSampling } = this.config;
    const placement = resolveParent(unit, trustClientContext);
    return sessionSampling ? keepInSession(placement, unit) : placement;
  }

  /**
   * Starts the span of an operation, unless it is ignored, and returns the context to run it in.
   */
  private start(
    tracer: Tracer,
    definition: SpanDefinition,
    unit: UnitOfWork,
    marks: Marks,
  ): Context {
    const { config } = this;
    const base = definition.nested ? context.active() : ROOT_CONTEXT;
    if (this.isIgnored(unit)) return base;
    const sent = definition.nested ? undefined : this.placeByClient(unit);
    const links = definition.links?.(unit) ?? [];
    if (sent?.link !== undefined) links.push(sent.link);
    const span = tracer.startSpan(
      definition.name(unit),
      {
        kind: definition.kind,
        attributes: startAttributes(unit, config, definition.attributes?.(unit)),
        links,
        startTime: definition.startTime?.(unit),
      },
      sent?.parent ?? this.rootFor(sessionOf(unit), base),
    );
    marks.span = span;
    definition.started?.(span, unit);
    return trace.setSpan(base, span);
  }
}
