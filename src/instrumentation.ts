import type { TracerProvider } from '@opentelemetry/api';
import { InstrumentationBase } from '@opentelemetry/instrumentation';
import { resolveConfig } from './config';
import type { App, Runner, Session, UnitOfWork, Vango, VangoModule } from './internal-types';
import type { Watch } from './live/watch';
import { developerWarning } from './messages';
import { combineMetrics, ownMetrics } from './metrics/combineMetrics';
import { loadedModules, onModuleLoaded } from './moduleRegistry';
import { Patcher } from './patcher';
import { processState, standsAside } from './processState';
import { safely } from './safely';
import { type Aspects, abandonLater } from './tracing/observation';
import { observeRun, type RunKind } from './tracing/observeRun';
import { Observer } from './tracing/observer';
import {
  connectSpans,
  eventSpans,
  mountSpans,
  pageSpans,
  rememberCause,
  type SpanDefinition,
  workSpans,
} from './tracing/spans';
import type { VangoExports, VangoInstrumentationConfig } from './types';
import { PACKAGE_NAME, PACKAGE_VERSION } from './version';

/** Versions of vango that are supported: 0.1.0 and later, below 1.0.0. */
const SUPPORTED = /^0\.[1-9]/;

/**
 * Instruments vango: a span for each operation, and all metrics. Vango announces itself when it is
 * loaded, so it is found whether it is loaded by `require`, by `import`, from a bundle or through a
 * symbolic link.
 */
export class VangoInstrumentation extends InstrumentationBase<VangoInstrumentationConfig> {
  // Declared without a value: the base class calls methods that use these fields before the fields
  // of this class would be initialised.
  declare private observerState: Observer | undefined;
  declare private patcherState: Patcher | undefined;
  declare private unsubscribe: (() => void) | undefined;
  declare private modules: Set<VangoModule> | undefined;

  /** @throws TypeError that names the option at fault, its value and the remedy */
  constructor(config: VangoInstrumentationConfig = {}) {
    super(PACKAGE_NAME, PACKAGE_VERSION, config);
  }

  override init(): undefined {
    return undefined;
  }

  /**
   * Replaces the options.
   *
   * @throws TypeError that names the option at fault, its value and the remedy; nothing changes
   *   then
   */
  override setConfig(config: VangoInstrumentationConfig = {}): void {
    const resolved = resolveConfig(config);
    super.setConfig(config);
    this.observer.config = resolved;
    if (!this.isObserving) return;
    this.observer.recorder.configure(resolved.metrics);
    processState().includeUserId = resolved.includeUserId;
  }

  override setTracerProvider(provider: TracerProvider): void {
    super.setTracerProvider(provider);
    this.observer.setTracerProvider(provider);
  }

  override enable(): void {
    super.enable();
    const state = processState();
    if (state.owner === this || standsAside()) return;
    if (state.owner !== undefined) {
      developerWarning(
        'VANGO_OTEL_TWICE',
        'vango is instrumented already, so this VangoInstrumentation stands aside. Create only one',
      );
      return;
    }
    state.owner = this;
    safely('span', 'patching vango', () => this.start());
  }

  override disable(): void {
    super.disable();
    const state = processState();
    if (state.owner !== this) return;
    state.owner = undefined;
    safely('span', 'restoring vango', () => this.stop());
  }

  /**
   * Instruments a copy of vango that cannot announce itself, such as one that a bundler took apart:
   * `instrument(await import('vango'))`.
   */
  instrument(exports: VangoExports): void {
    if (isVango(exports)) this.registerModule({ exports, version: undefined });
  }

  /** The base class calls it when the meter changes, first before the constructor has finished. */
  override _updateMetricInstruments(): void {
    if (this.isObserving) this.observer.recorder.bind(this.meter);
  }

  private get observer(): Observer {
    this.observerState ??= new Observer();
    return this.observerState;
  }

  private get patcher(): Patcher {
    this.patcherState ??= new Patcher();
    return this.patcherState;
  }

  private get isObserving(): boolean {
    return processState().owner === this;
  }

  private start(): void {
    const { metrics, includeUserId } = this.observer.config;
    processState().includeUserId = includeUserId;
    this.observer.recorder.configure(metrics);
    this.observer.recorder.bind(this.meter);
    this.unsubscribe = onModuleLoaded(module => this.registerModule(module));
    for (const module of new Set([...loadedModules(), ...(this.modules ?? [])]))
      this.registerModule(module);
  }

  private stop(): void {
    this.unsubscribe?.();
    this.patcher.restore();
    this.observer.recorder.release();
    for (const { exports } of this.modules ?? []) {
      safely('metric', 'detaching apps', () => {
        for (const app of exports.App.running()) this.detachApp(app, exports);
      });
    }
  }

  private registerModule(module: VangoModule): void {
    this.modules ??= new Set();
    this.modules.add(module);
    if (!this.isObserving) return;
    safely('span', 'patching vango', () => {
      const { version, exports } = module;
      if (version !== undefined && !SUPPORTED.test(version)) {
        developerWarning(
          'VANGO_OTEL_VERSION',
          `vango ${version} is not supported by ${PACKAGE_NAME} ${PACKAGE_VERSION}, which ` +
            'supports versions >=0.1.0 <1.0.0; nothing is recorded',
        );
        return;
      }
      this.patch(exports);
      const running = [...exports.App.running()];
      for (const app of running) this.attachApp(app, exports);
      if (running.length > 0) warnOfLateness();
    });
  }

  private patch(vango: Vango): void {
    const app = vango.App.prototype;
    const session = vango.Session.prototype;
    const span: Aspects = { span: true, count: false };
    const event: Aspects = { span: true, count: true };
    const { patcher } = this;
    patcher.wrap(app, 'renderPage', original => this.observing(pageSpans, original, span));
    patcher.wrap(app, 'connect', original => this.observing(connectSpans, original, span));
    patcher.wrap(session, 'mount', original => this.observing(mountSpans, original, span));
    patcher.wrap(session, 'dispatchEvent', original => this.observing(eventSpans, original, event));
    patcher.wrap(session, 'refuseEvent', original => this.observing(eventSpans, original, event));
    patcher.wrap(session, 'dispatchWork', original => this.observing(workSpans, original, span));
    if (vango.Resource !== undefined) this.patchRunner('resource', vango.Resource.prototype);
    if (vango.Action !== undefined) this.patchRunner('action', vango.Action.prototype);
    this.patchBookkeeping(app, session, vango);
  }

  private patchRunner(kind: RunKind, prototype: Runner): void {
    const instrumentation = this;
    this.patcher.wrap(prototype, 'execute', original => {
      return function (this: Runner, run) {
        if (!instrumentation.isObserving) return original.call(this, run);
        return observeRun(instrumentation.observer, kind, original, this, run);
      };
    });
  }

  private patchBookkeeping(app: App, session: Session, vango: Vango): void {
    const instrumentation = this;
    this.patcher.wrap(session, 'enqueueWork', original => {
      return function (this: Session, work) {
        if (instrumentation.isObserving)
          safely('span', 'remembering a cause', () => rememberCause(work));
        return original.call(this, work);
      };
    });
    this.patcher.wrap(session, 'eventShown', original => {
      return function (this: Session, unit) {
        if (instrumentation.isObserving)
          instrumentation.observer.measureLater(unit, original, this);
        else original.call(this, unit);
        const watch = currentWatch();
        if (watch !== undefined) safely('span', 'telling live views', () => watch.eventShown(unit));
      };
    });
    this.patcher.wrap(session, 'detach', original => {
      return function (this: Session, socket) {
        const before = this.state;
        original.call(this, socket);
        const watch = currentWatch();
        if (watch !== undefined && this.state !== before)
          safely('span', 'telling live views', () => watch.sessionDetached(this));
      };
    });
    this.patcher.wrap(session, 'close', original => {
      return function (this: Session) {
        original.call(this);
        if (!instrumentation.isObserving) return;
        safely('span', 'ending observations', () => abandonLater(this));
        const watch = currentWatch();
        if (watch !== undefined)
          safely('span', 'telling live views', () => watch.sessionEnded(this));
      };
    });
    this.patcher.wrap(app, 'open', original => {
      return function (this: App) {
        if (instrumentation.isObserving) instrumentation.attachApp(this, vango);
        return original.call(this);
      };
    });
    this.patcher.wrap(app, 'close', original => {
      return function (this: App) {
        const closed = original.call(this);
        // Not before: an app that closes still saves and counts.
        const detach = (): void => {
          if (instrumentation.isObserving) instrumentation.detachApp(this, vango);
        };
        closed.then(detach, detach);
        return closed;
      };
    });
    this.patcher.wrap(app, 'setMetrics', original => {
      return function (this: App, own) {
        const { collector } = instrumentation.observer.recorder;
        original.call(this, instrumentation.isObserving ? combineMetrics(own, collector) : own);
      };
    });
  }

  /** Wraps an operation: calls the original alone while this instrumentation is not enabled. */
  private observing<S, R extends void | Promise<void>>(
    definition: SpanDefinition,
    original: (this: S, unit: UnitOfWork) => R,
    aspects: Aspects,
  ): (this: S, unit: UnitOfWork) => R {
    const instrumentation = this;
    return function (this: S, unit) {
      if (!instrumentation.isObserving) return original.call(this, unit);
      const observation = instrumentation.observer.observe(definition, unit, aspects);
      return observation === undefined
        ? original.call(this, unit)
        : observation.run(original, this);
    };
  }

  /** Makes an app report to the recorder as well as to the metrics that it has already. */
  private attachApp(app: App, vango: Vango): void {
    const { recorder } = this.observer;
    safely('metric', 'attaching an app', () => {
      const own = ownMetrics(app.metrics);
      app.metrics =
        own === vango.NOOP_METRICS ? recorder.collector : combineMetrics(own, recorder.collector);
      recorder.watch(app.sessions);
    });
  }

  private detachApp(app: App, vango: Vango): void {
    const { recorder } = this.observer;
    safely('metric', 'detaching an app', () => {
      const own = ownMetrics(app.metrics);
      app.metrics = own === recorder.collector ? (vango.NOOP_METRICS ?? own) : own;
      recorder.unwatch(app.sessions);
    });
  }
}

/** What is gathered for live views, if somebody looks. */
function currentWatch(): Watch | undefined {
  return processState().live?.watch;
}

function isVango(exports: VangoExports): exports is VangoExports & Vango {
  return typeof exports?.App === 'function' && typeof exports.Session === 'function';
}

function warnOfLateness(): void {
  const state = processState();
  if (state.hasWarnedOfLateness) return;
  state.hasWarnedOfLateness = true;
  developerWarning(
    'VANGO_OTEL_LATE',
    'A vango app was running before its instrumentation, so what it did until now is not ' +
      'recorded. Load @vango/opentelemetry first, with node --require or --import',
  );
}
