import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import { attachPrometheus, type VangoApp, VangoInstrumentation } from '../../src';
import { processState } from '../../src/processState';
import { VangoPrometheusExporter } from '../../src/prometheus';
import { App, createApp, NOOP_METRICS } from '../../vango/src';

describe('attachPrometheus()', () => {
  let exporter: VangoPrometheusExporter;
  let meterProvider: MeterProvider;

  beforeEach(() => {
    processState().recorder = undefined;
    exporter = new VangoPrometheusExporter({ preventServerStart: true });
    meterProvider = new MeterProvider({ readers: [exporter] });
  });
  afterEach(() => {
    processState().recorder?.release();
    processState().recorder = undefined;
  });

  async function activeSessions(): Promise<unknown> {
    const { resourceMetrics } = await exporter.collect();
    const [found] = resourceMetrics.scopeMetrics
      .flatMap(({ metrics }) => metrics)
      .filter(({ descriptor }) => descriptor.name === 'vango.sessions.active');
    return found?.dataPoints[0]?.value;
  }

  /** An app that still has sessions when it has closed, so that a watched one can be told. */
  function appThat(close: () => Promise<void>): VangoApp {
    return {
      metrics: NOOP_METRICS,
      setMetrics() {},
      sessions: {
        counts: () => ({ active: 3, detached: 0 }),
        inFlight: () => ({ running: 0, waiting: 0 }),
        limits: { maxSessions: 10, maxDetached: 10, maxSessionsPerIp: 10 },
      },
      close,
    };
  }

  for (const [outcome, close] of [
    ['has closed', () => Promise.resolve()],
    ['failed to close', () => Promise.reject(new Error('the store is gone'))],
  ] as const) {
    it(`no longer watches an app that ${outcome}`, async () => {
      const app = appThat(close);
      attachPrometheus(app, { use() {} }, { meterProvider });
      expect(await activeSessions()).to.equal(3);
      const message = await app.close().then(
        () => undefined,
        (error: Error) => error.message,
      );
      expect(message).to.equal(outcome === 'has closed' ? undefined : 'the store is gone');
      expect(await activeSessions()).to.equal(0);
    });
  }

  it('leaves the closing of an app to an instrumentation that has patched it', async () => {
    const instrumentation = new VangoInstrumentation();
    instrumentation.setMeterProvider(meterProvider);
    try {
      const app = createApp();
      attachPrometheus(app, app);
      expect(Object.hasOwn(app, 'close')).to.equal(false);
      expect(app.close).to.equal(App.prototype.close);
      await app.close();
    } finally {
      instrumentation.disable();
    }
  });
});
