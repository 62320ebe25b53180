import { type MeterProvider, metrics } from '@opentelemetry/api';
import { resolveConfig, resolveMetricsConfig } from '../config';
import type { UnitOfWork } from '../internal-types';
import { warnOnce } from '../messages';
import { combineMetrics } from '../metrics/combineMetrics';
import type { Recorder } from '../metrics/recorder';
import { Patcher } from '../patcher';
import { processState, standsAside } from '../processState';
import { Observer, sharedRecorder } from '../tracing/observer';
import { eventSpans } from '../tracing/spans';
import type { VangoApp, VangoMetricsConfig, VangoMiddleware } from '../types';
import { PACKAGE_NAME, PACKAGE_VERSION } from '../version';

/** Options of `prometheus()` and `attachPrometheus()`. */
export interface PrometheusOptions extends VangoMetricsConfig {
  /** Provider of the meter that creates the instruments. Default: the global meter provider. */
  meterProvider?: MeterProvider;
}

/**
 * Router middleware that counts each event, unless an instrumentation has counted it already. A
 * process has one set of instruments: where an instrumentation is active, its options apply.
 *
 * @throws TypeError that names the option at fault, its value and what to give instead
 */
export function prometheus(options: PrometheusOptions = {}): VangoMiddleware {
  initialise(options);
  if (standsAside()) return (_ctx, next) => next();
  const observer = new Observer();
  return (ctx, next) => {
    const observation =
      ctx.event === undefined
        ? undefined
        : observer.observe(eventSpans, ctx as UnitOfWork, { count: true, span: false });
    return observation === undefined ? next() : observation.run(next, undefined);
  };
}

/**
 * Registers `prometheus()` on a router and has a server report its runtime metrics until it closes.
 *
 * @throws TypeError that names the option at fault, its value and what to give instead
 */
export function attachPrometheus(
  server: VangoApp,
  router: { use(middleware: VangoMiddleware): unknown },
  options: PrometheusOptions = {},
): void {
  if (typeof server?.setMetrics !== 'function')
    throw new TypeError(
      'attachPrometheus(): the server is not a vango app; pass what createApp() returns',
    );
  if (typeof router?.use !== 'function')
    throw new TypeError('attachPrometheus(): the router has no use() method; pass the vango app');
  router.use(prometheus(options));
  if (standsAside()) return;
  const recorder = sharedRecorder(resolveConfig());
  server.setMetrics(combineMetrics(server.metrics, recorder.collector));
  recorder.watch(server.sessions);
  unwatchAtClose(server, recorder);
}

/** An active instrumentation has patched `close()` to do so already; it is not patched twice. */
function unwatchAtClose(server: VangoApp, recorder: Recorder): void {
  new Patcher().wrap(server, 'close', original => {
    return function (this: VangoApp) {
      const closed = original.call(this);
      const unwatch = (): void => recorder.unwatch(server.sessions);
      closed.then(unwatch, unwatch);
      return closed;
    };
  });
}

function initialise({ meterProvider, ...config }: PrometheusOptions): void {
  const resolved = resolveMetricsConfig(config, 'prometheus()');
  if (standsAside()) return;
  const recorder = sharedRecorder({ ...resolveConfig(), metrics: resolved });
  if (processState().owner !== undefined) {
    if (Object.keys(config).length > 0 || meterProvider !== undefined) {
      warnOnce(
        'the options of prometheus()',
        'prometheus(): VangoInstrumentation is active, so its metrics options apply; set those',
      );
    }
    return;
  }
  recorder.configure(resolved);
  recorder.bind(
    (meterProvider ?? metrics.getMeterProvider()).getMeter(PACKAGE_NAME, PACKAGE_VERSION),
  );
}
