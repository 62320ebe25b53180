import { metrics, ProxyTracerProvider, trace } from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { whenAnnounced } from '../announcement';
import { resolveConfig } from '../config';
import { configFromEnvironment } from '../environment';
import { VangoInstrumentation } from '../instrumentation';
import { logsApi } from '../logsApi';
import type { VangoPrometheusExporter } from '../prometheus';
import { type Settings, settingsFrom } from './settings';
import type { Flushable } from './shutdown';
import { flushAtExit } from './shutdown';

const SDK_PACKAGES = [
  '@opentelemetry/sdk-node',
  '@opentelemetry/sdk-metrics',
  '@opentelemetry/exporter-prometheus',
];

/** Instruments this process as its environment says. Never throws: what is wrong is told on the console, and the application starts. */
export function register(): void {
  try {
    const settings = settingsFrom(process.env);
    if (settings.disabledSdk || !settings.enabled) return;
    const config = configFromEnvironment();
    resolveConfig(config);
    if (isSdkRunning()) say('joined the OpenTelemetry SDK that is running');
    else start(settings);
    // Not before vango is loaded: the first instrumentation of a process puts hooks in place that hide modules loaded from then on, such as
    // node:http, from instrumentations that later preloads add.
    whenAnnounced(() => registerInstrumentations({ instrumentations: [new VangoInstrumentation(config)] }));
  } catch (error) {
    say(`not started: ${explain(error)}`);
  }
}

/** Whether the application or an earlier preload has set up OpenTelemetry. */
function isSdkRunning(): boolean {
  const provider = trace.getTracerProvider();
  const noop = new ProxyTracerProvider().getDelegate();
  const hasTracer = !(provider instanceof ProxyTracerProvider) || provider.getDelegate() !== noop;
  return hasTracer || metrics.getMeterProvider().constructor.name !== 'NoopMeterProvider';
}

function start(settings: Settings): void {
  const { NodeSDK } = require('@opentelemetry/sdk-node') as typeof import('@opentelemetry/sdk-node');
  const { metricReaders } = require('./readers') as typeof import('./readers');
  const readers = metricReaders(settings);
  const sdk = new NodeSDK({
    metricReaders: readers,
    ...(settings.traces === 'none' && { spanProcessors: [] }),
    ...(settings.logs === 'none' && { logRecordProcessors: [] }),
  });
  sdk.start();
  let ended: Promise<void> | undefined;
  const target: Flushable = {
    shutdown() {
      ended ??= sdk.shutdown();
      return ended;
    },
    flush: flushProviders,
  };
  flushAtExit(target);
  const prometheus = readers.find(reader => 'startServer' in reader) as VangoPrometheusExporter | undefined;
  void announce(prometheus, settings);
}

interface Provider {
  forceFlush?(): Promise<void>;
}

async function flushProviders(): Promise<void> {
  const tracers = trace.getTracerProvider();
  const delegate = tracers instanceof ProxyTracerProvider ? tracers.getDelegate() : tracers;
  const providers: Array<Provider | undefined> = [
    delegate,
    metrics.getMeterProvider(),
    logsApi()?.getLoggerProvider(),
  ];
  await Promise.all(providers.map(provider => provider?.forceFlush?.()));
}

/** One line: what is measured, and where it goes. */
async function announce(prometheus: VangoPrometheusExporter | undefined, settings: Settings): Promise<void> {
  await prometheus?.startServer();
  const destinations = settings.metrics.filter(name => name !== 'prometheus') as string[];
  if (prometheus?.url !== undefined) destinations.unshift(prometheus.url);
  const traces = settings.traces ?? (process.env.OTEL_TRACES_EXPORTER || 'otlp');
  say(`started; metrics: ${destinations.join(', ') || 'none'}; traces: ${traces}`);
}

function explain(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const missing =
    code === 'MODULE_NOT_FOUND' ? SDK_PACKAGES.find(name => message.includes(`'${name}'`)) : undefined;
  return missing === undefined
    ? message
    : `${missing} is not installed; run npm install ${SDK_PACKAGES.join(' ')}`;
}

function say(line: string): void {
  process.stderr.write(`[vango] telemetry ${line}\n`);
}
