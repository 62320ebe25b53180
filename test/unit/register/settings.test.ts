import { expect } from 'chai';
import { type Settings, settingsFrom } from '../../../src/register/settings';

const LIVE_VIEW = 'OTEL_INSTRUMENTATION_VANGO_LIVE_VIEW';
const TOKEN = '0123456789abcdef';

const DEFAULTS: Settings = {
  isDisabled: false,
  instrumentsNode: true,
  left: undefined,
  configFile: undefined,
  metrics: ['prometheus'],
  traces: [],
  logs: false,
  sessionRatio: undefined,
  prometheusHost: 'localhost',
  prometheusPort: 9464,
  liveView: true,
};

describe('settingsFrom()', () => {
  for (const [env, changes] of [
    [{}, {}],
    [{ OTEL_SDK_DISABLED: ' TRUE ' }, { isDisabled: true }],
    [{ NODE_ENV: 'production' }, { liveView: false }],
    [{ NODE_ENV: 'production', [LIVE_VIEW]: 'true' }, { liveView: true }],
    [{ NODE_ENV: 'production', [`${LIVE_VIEW}_TOKEN`]: TOKEN }, { liveView: false }],
    [{ [LIVE_VIEW]: 'false', [`${LIVE_VIEW}_TOKEN`]: TOKEN }, { liveView: false }],
    [{ [`${LIVE_VIEW}_TOKEN`]: TOKEN }, { liveView: { token: TOKEN } }],
    [{ OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'http, vango' }, { isDisabled: true }],
    [{ OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'runtime-node' }, { instrumentsNode: false }],
    [{ OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'vango,runtime-node' }, {}],
    [
      { OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http' },
      {
        left: 'OTEL_NODE_ENABLED_INSTRUMENTATIONS is "http"; add vango to it',
        instrumentsNode: false,
      },
    ],
    [{ OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http,vango' }, { instrumentsNode: false }],
    [{ OTEL_METRICS_EXPORTER: 'otlp, console,otlp' }, { metrics: ['otlp', 'console'] }],
    [{ OTEL_METRICS_EXPORTER: 'none' }, { metrics: [] }],
    [{ OTEL_METRICS_EXPORTER: ' ' }, {}],
    [{ OTEL_TRACES_EXPORTER: 'console' }, { traces: ['console'] }],
    [{ OTEL_INSTRUMENTATION_VANGO_SESSION_SAMPLING: '0.1' }, { sessionRatio: 0.1 }],
    [{ OTEL_INSTRUMENTATION_VANGO_SESSION_SAMPLING: '' }, {}],
    [{ OTEL_TRACES_EXPORTER: 'none' }, {}],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x' }, { traces: ['otlp'], logs: true }],
    [{ OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://x' }, { logs: true }],
    [{ OTEL_EXPORTER_PROMETHEUS_HOST: '::1' }, { prometheusHost: '::1' }],
    [{ OTEL_EXPORTER_PROMETHEUS_PORT: '0' }, { prometheusPort: 0 }],
    [{ OTEL_CONFIG_FILE: 'otel.yaml' }, { configFile: 'otel.yaml' }],
  ] as ReadonlyArray<readonly [NodeJS.ProcessEnv, Partial<Settings>]>) {
    it(`reads ${JSON.stringify(env)}`, () =>
      expect(settingsFrom(env)).to.deep.equal({ ...DEFAULTS, ...changes }));
  }

  for (const [env, message] of [
    [{ OTEL_METRICS_EXPORTER: 'prom' }, 'OTEL_METRICS_EXPORTER contains "prom"; give prometheus'],
    [{ OTEL_EXPORTER_PROMETHEUS_PORT: '70000' }, 'OTEL_EXPORTER_PROMETHEUS_PORT is "70000"; give'],
    [{ OTEL_EXPORTER_PROMETHEUS_PORT: 'x' }, 'a whole number from 0 to 65535'],
  ] as ReadonlyArray<readonly [NodeJS.ProcessEnv, string]>) {
    it(`refuses ${JSON.stringify(env)}`, () =>
      expect(() => settingsFrom(env)).to.throw(TypeError, message));
  }
});
