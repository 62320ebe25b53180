import type { TracerProvider } from '@opentelemetry/api';
import { InstrumentationBase } from '@opentelemetry/instrumentation';
import { announcedModules, onAnnouncement } from './announcement';
import { resolveConfig, type VangoInstrumentationConfig } from './config';
import type { App, Runner, Session, VangoModule } from './internal-types';
import { teeOnce, untee } from './metrics/tee';
import { Patcher } from './patcher';
import { processState } from './processState';
import { safely } from './safely';
import { type Aspects, BOTH, Telemetry, TRACE } from './telemetry';
import { connectSpans } from './tracing/connect';
import { eventSpans } from './tracing/event';
import type { SpanFamily } from './tracing/family';
import { sessionEnded } from './tracing/observation';
import { mountSpans, pageSpans } from './tracing/page';
import { observeRun } from './tracing/run';
import { rememberCause, workSpans } from './tracing/work';
import { PACKAGE_NAME, PACKAGE_VERSION } from './version';

const SUPPORTED = /^0\./;

// What users must know is told by process.emitWarning(): diag is silent unless someone listens, and
// this early nobody does.

/**
 * Instruments vango: a span for each operation, and all metrics. The framework announces itself
 * when it is loaded, so that it is found however that happens: by `require`, by `import`, in a
 * bundle, through a symbolic link.
 */
export class VangoInstrumentation extends InstrumentationBase<VangoInstrumentationConfig> {
  // Declared, not initialised: the base class calls methods that use these before fields of this
  // class would be set.
  declare private telemetryState: Telemetry | undefined;
  declare private patcherState: Patcher | undefined;
  declare private unsubscribe: (() => void) | undefined;
  declare private modules: Set<VangoModule> | undefined;

  /** @throws TypeError that names the option at fault, its value and what to give instead */
  constructor(config: VangoInstrumentationConfig = {}) {
    super(PACKAGE_NAME, PACKAGE_VERSION, config);
  }

  override init(): undefined {
    return undefined;
  }

  /**
   * @throws TypeError that names the option at fault, its value and what to give instead; nothing
   * changes then
   */
  override setConfig(config: VangoInstrumentationConfig = {}): void {
    const resolved = resolveConfig(config);
    super.setConfig(config);
    this.telemetry.config = resolved;
    if (processState().owner === this) this.telemetry.recorder.configure(resolved.metrics);
  }

  override setTracerProvider(provider: TracerProvider): void {
    super.setTracerProvider(provider);
    this.telemetry.setTracerProvider(provider);
  }

  override enable(): void {
    super.enable();
    const state = processState();
    if (state.owner === this) return;
    if (state.owner !== undefined) {
      process.emitWarning(
        'vango is instrumented already; this VangoInstrumentation stands down. Create one only',
        { code: 'VANGO_OTEL_TWICE' },
      );
      return;
    }
    state.owner = this;
    safely('patching vango', () => this.start());
  }

  override disable(): void {
    super.disable();
    const state = processState();
    if (state.owner !== this) return;
    state.owner = undefined;
    safely('restoring vango', () => this.stop());
  }

  /**
   * Instruments a vango that cannot announce itself, say one that a bundler took apart:
   * `instrument(await import('vango'))`.
   */
  instrument(exports: VangoModule['exports'], version = '0.1.0'): void {
    this.adopt({ exports, version });
  }

  /**
   * Called by the base class whenever the meter changes, at first before the constructor is
   * through.
   */
  override _updateMetricInstruments(): void {
    if (processState().owner === this) this.telemetry.recorder.bind(this.meter);
  }

  private get telemetry(): Telemetry {
    this.telemetryState ??= new Telemetry();
    return this.telemetryState;
  }

  private get patcher(): Patcher {
    this.patcherState ??= new Patcher();
    return this.patcherState;
  }

  private get isObserving(): boolean {
    return processState().owner === this;
  }

  private start(): void {
    this.telemetry.recorder.configure(this.telemetry.config.metrics);
    this.telemetry.recorder.bind(this.meter);
    this.unsubscribe = onAnnouncement(module => this.adopt(module));
    for (const module of new Set([...announcedModules(), ...(this.modules ?? [])])) this.adopt(module);
  }

  private stop(): void {
    this.unsubscribe?.();
    this.patcher.restore();
    this.telemetry.recorder.release();
    for (const { exports } of this.modules ?? []) {
      safely('leaving apps', () => {
        for (const app of exports.App.running()) this.leave(app, exports);
      });
    }
  }

  private adopt(module: VangoModule): void {
    this.modules ??= new Set();
    this.modules.add(module);
    if (!this.isObserving) return;
    safely('patching vango', () => {
      if (!SUPPORTED.test(module.version)) {
        this._diag.warn(
          `vango ${module.version} is not supported; this version of ${PACKAGE_NAME} knows vango 0.x`,
        );
        return;
      }
      this.patch(module);
      let late = false;
      for (const app of module.exports.App.running()) {
        late = true;
        this.join(app, module.exports);
      }
      const state = processState();
      if (late && !state.toldOfLateness) {
        state.toldOfLateness = true;
        process.emitWarning(
          'A vango app was running before its instrumentation; what it did until now is not recorded. ' +
            'Load @vango/opentelemetry first, with node --require or --import',
          { code: 'VANGO_OTEL_LATE' },
        );
      }
    });
  }

  private patch({ exports }: VangoModule): void {
    const app = exports.App.prototype;
    const session = exports.Session.prototype;
    this.patcher.wrap(app, 'renderPage', original => this.observing(pageSpans, original));
    this.patcher.wrap(app, 'connect', original => this.observing(connectSpans, original) as App['connect']);
    this.patcher.wrap(session, 'mount', original => this.observing(mountSpans, original));
    this.patcher.wrap(session, 'dispatchEvent', original => this.observing(eventSpans, original, BOTH));
    this.patcher.wrap(session, 'refuseEvent', original => this.observing(eventSpans, original, BOTH));
    this.patcher.wrap(session, 'dispatchWork', original => this.observing(workSpans, original));
    for (const [kind, runner] of [
      ['resource', exports.Resource],
      ['action', exports.Action],
    ] as const) {
      if (runner !== undefined) this.patchRunner(kind, runner.prototype);
    }
    this.patchBookkeeping(app, session, exports);
  }

  private patchRunner(kind: string, prototype: Runner): void {
    const instrumentation = this;
    this.patcher.wrap(prototype, 'execute', original => {
      return function (this: Runner, run) {
        if (!instrumentation.isObserving) return original.call(this, run);
        return observeRun(instrumentation.telemetry, kind, original, this, run);
      };
    });
  }

  private patchBookkeeping(app: App, session: Session, exports: VangoModule['exports']): void {
    const instrumentation = this;
    this.patcher.wrap(session, 'enqueueWork', original => {
      return function (this: Session, work) {
        if (instrumentation.isObserving) safely('remembering a cause', () => rememberCause(work));
        return original.call(this, work);
      };
    });
    this.patcher.wrap(session, 'close', original => {
      return function (this: Session) {
        original.call(this);
        if (instrumentation.isObserving) safely('ending what is under way', () => sessionEnded(this));
      };
    });
    this.patcher.wrap(app, 'open', original => {
      return function (this: App) {
        if (instrumentation.isObserving) instrumentation.join(this, exports);
        return original.call(this);
      };
    });
    this.patcher.wrap(app, 'close', original => {
      return function (this: App) {
        const closed = original.call(this);
        // Not before: an app that closes still saves and counts.
        const leave = (): void => {
          if (instrumentation.isObserving) instrumentation.leave(this, exports);
        };
        closed.then(leave, leave);
        return closed;
      };
    });
    this.patcher.wrap(app, 'setMetrics', original => {
      return function (this: App, own) {
        const { recorder } = instrumentation.telemetry;
        original.call(this, instrumentation.isObserving ? teeOnce(own, recorder) : own);
      };
    });
  }

  private observing(
    family: SpanFamily,
    original: Session['mount'],
    aspects: Aspects = TRACE,
  ): Session['mount'] {
    const instrumentation = this;
    return function (this: unknown, ctx) {
      if (!instrumentation.isObserving) return original.call(this as never, ctx);
      const observation = instrumentation.telemetry.observe(family, ctx, aspects);
      return observation === undefined
        ? original.call(this as never, ctx)
        : observation.run(original as never, this);
    };
  }

  /** Has an app report here, beside what it reports to already. */
  private join(app: App, exports: VangoModule['exports']): void {
    const { recorder } = this.telemetry;
    safely('joining an app', () => {
      const own = untee(app.metrics);
      app.metrics = own === exports.NOOP_METRICS ? recorder : teeOnce(own, recorder);
      recorder.watch(app.sessions);
    });
  }

  private leave(app: App, exports: VangoModule['exports']): void {
    const { recorder } = this.telemetry;
    safely('leaving an app', () => {
      const own = untee(app.metrics);
      app.metrics = own === recorder ? (exports.NOOP_METRICS ?? own) : own;
      recorder.unwatch(app.sessions);
    });
  }
}
