import { diag, type MeterProvider, metrics } from '@opentelemetry/api';
import { resolveConfig, resolveMetricsConfig, type VangoMetricsConfig } from '../config';
import type { App, VangoCtx } from '../internal-types';
import type { Recorder } from '../metrics/recorder';
import { teeOnce } from '../metrics/tee';
import { processState } from '../processState';
import { COUNT, sharedRecorder, Telemetry } from '../telemetry';
import { eventSpans } from '../tracing/event';
import { PACKAGE_NAME, PACKAGE_VERSION } from '../version';
import type { VangoMiddleware } from './middleware';

/** Options of `prometheus()` and `attachPrometheus()`. */
export interface PrometheusOptions extends VangoMetricsConfig {
  /** Where the instruments are made. Default: the global meter provider. */
  meterProvider?: MeterProvider;
}

/**
 * Router middleware that counts each event; what the zero-code instrumentation counts already it leaves alone. The instruments are the process's: where an instrumentation has
 * made them, its configuration holds.
 * @throws TypeError that names the option at fault, its value and what to give instead
 */
export function prometheus(options: PrometheusOptions = {}): VangoMiddleware {
  initialise(options);
  const telemetry = new Telemetry(resolveConfig());
  return (ctx: VangoCtx, next) => {
    const observation = ctx.event === undefined ? undefined : telemetry.observe(eventSpans, ctx, COUNT);
    return observation === undefined ? next() : observation.run(next, undefined);
  };
}

/**
 * Registers `prometheus()` on a router and has a server report its runtime metrics.
 * @throws TypeError that names the option at fault, its value and what to give instead
 */
export function attachPrometheus(
  server: Pick<App, 'metrics' | 'setMetrics' | 'sessions'>,
  router: { use(middleware: VangoMiddleware): unknown },
  options: PrometheusOptions = {},
): void {
  if (typeof server?.setMetrics !== 'function')
    throw new TypeError('attachPrometheus(): the server is no vango app');
  if (typeof router?.use !== 'function')
    throw new TypeError('attachPrometheus(): the router has no use(); give the vango app');
  router.use(prometheus(options));
  const recorder = sharedRecorder(resolveConfig());
  server.setMetrics(teeOnce(server.metrics, recorder));
  recorder.watch(server.sessions);
}

function initialise({ meterProvider, ...config }: PrometheusOptions): void {
  const resolved = resolveMetricsConfig(config, 'prometheus()');
  const recorder: Recorder = sharedRecorder({ ...resolveConfig(), metrics: resolved });
  if (processState().owner !== undefined) {
    if (Object.keys(config).length > 0 || meterProvider !== undefined) {
      diag.warn('prometheus(): VangoInstrumentation is active, so its metrics options hold; give them there');
    }
    return;
  }
  recorder.configure(resolved);
  recorder.bind((meterProvider ?? metrics.getMeterProvider()).getMeter(PACKAGE_NAME, PACKAGE_VERSION));
}
