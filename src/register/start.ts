import { metrics } from '@opentelemetry/api';
import { logsApi } from '../logsApi';
import { operatorLine } from '../messages';
import type { VangoPrometheusExporter } from '../prometheus';
import { hasMeterProvider, hasTracerProvider } from '../sdkState';
import { mustAgree, registeredBy } from './api';
import { tellOfFailures } from './diagnostics';
import { type Settings, TRACES_EXPORTERS } from './settings';
import { END_LIMIT, flushAtExit } from './shutdown';

type SdkNode = typeof import('@opentelemetry/sdk-node');

/** What of the exporters' settings decides how long they hold a process that ends. */
const OTLP_TIMEOUT = 'OTEL_EXPORTER_OTLP_TIMEOUT';

/** Leaves context and propagation as they are. The SDK takes null, though its type does not. */
const NO_PROPAGATION = { contextManager: null, textMapPropagator: null } as object;

/**
 * Starts what is asked for and nobody has set up.
 * @returns what is left to do once vango is there: to open the port, and to tell what was made
 * @throws Error when nothing can be started, with the remedy
 */
export function start(settings: Settings): () => void {
  const joined = { traces: hasTracerProvider(), metrics: hasMeterProvider() };
  const isJoined = joined.traces || joined.metrics;
  const traces = joined.traces ? [] : settings.traces;
  const exporters = joined.metrics ? [] : settings.metrics;
  if (isJoined && traces.length + exporters.length === 0) {
    return () => operatorLine('telemetry joined the OpenTelemetry SDK that is running');
  }
  mustAgree();
  const { NodeSDK, startNodeSDK } = require('@opentelemetry/sdk-node') as SdkNode;
  if (settings.configFile !== undefined && !isJoined) {
    let sdk: Sdk | undefined;
    const provider = registeredBy(() => {
      sdk = startNodeSDK();
    });
    if (sdk !== undefined) endWith(sdk, provider);
    return () => tellOfFile(settings.configFile as string);
  }

  const { metricReaders } = require('./readers') as typeof import('./readers');
  const isStarted = tellOfFailures(process.env);
  const readers = withDefault(OTLP_TIMEOUT, String(END_LIMIT), () => {
    const readers = metricReaders(exporters, settings);
    const sdk = new NodeSDK({
      metricReaders: readers,
      ...(traces.length === 0 && { spanProcessors: [] }),
      ...((isJoined || !settings.logs) && { logRecordProcessors: [] }),
      ...(joined.traces && NO_PROPAGATION),
    });
    endWith(
      sdk,
      registeredBy(() => sdk.start()),
    );
    return readers;
  });
  isStarted();
  const prometheus = readers.find(reader => 'startServer' in reader) as
    | VangoPrometheusExporter
    | undefined;
  return () => void announce(isJoined, prometheus, exporters, hasTracerProvider() ? traces : []);
}

/** Opens the port, and tells in one line what is measured and where it goes. */
async function announce(
  isJoined: boolean,
  prometheus: VangoPrometheusExporter | undefined,
  exporters: readonly string[],
  traces: readonly string[],
): Promise<void> {
  await prometheus?.startServer();
  const destinations = exporters.filter(name => name !== 'prometheus');
  if (prometheus?.url !== undefined) destinations.unshift(prometheus.url);
  const made = [
    ...(isJoined && exporters.length === 0 ? [] : [`metrics: ${listed(destinations)}`]),
    ...(isJoined && traces.length === 0 ? [] : [`traces: ${listed(exportersOf(traces))}`]),
  ].join('; ');
  operatorLine(
    isJoined
      ? `telemetry joined the OpenTelemetry SDK that is running, and started what it lacks; ${made}`
      : `telemetry started; ${made}`,
  );
}

function tellOfFile(file: string): void {
  if (hasTracerProvider() || hasMeterProvider())
    operatorLine(`telemetry started as OTEL_CONFIG_FILE says: ${file}`);
  else
    operatorLine(
      `telemetry not started: the SDK started nothing from OTEL_CONFIG_FILE, which is ${file}`,
    );
}

/** Those that the SDK makes of a list: it leaves out what it does not know, and takes `none` beside others for the default. */
function exportersOf(names: readonly string[]): string[] {
  return names.includes('none') ? ['otlp'] : names.filter(name => TRACES_EXPORTERS.includes(name));
}

function listed(names: readonly string[]): string {
  return names.join(', ') || 'none';
}

/** Runs with a default for a variable that exporters read when they are made. */
function withDefault<T>(variable: string, value: string, run: () => T): T {
  if (process.env[variable]) return run();
  process.env[variable] = value;
  try {
    return run();
  } finally {
    delete process.env[variable];
  }
}

/** A started SDK. */
interface Sdk {
  shutdown(): Promise<void>;
}

function endWith(sdk: Sdk, tracers: object | undefined): void {
  let ended: Promise<void> | undefined;
  flushAtExit({
    shutdown() {
      ended ??= sdk.shutdown();
      return ended;
    },
    flush: () => flush(tracers),
  });
}

interface Provider {
  forceFlush?(): Promise<void>;
}

async function flush(tracers: object | undefined): Promise<void> {
  const providers: Array<Provider | undefined> = [
    tracers,
    metrics.getMeterProvider(),
    logsApi().getLoggerProvider(),
  ];
  await Promise.all(providers.map(provider => provider?.forceFlush?.()));
}
