import { randomUUID } from 'node:crypto';
import { metrics } from '@opentelemetry/api';
import type { NodeSDKConfiguration } from '@opentelemetry/sdk-node';
import { logsApi } from '../logsApi';
import { operatorLine } from '../messages';
import type { VangoPrometheusExporter } from '../prometheus';
import { sessionSampler } from '../sampling/sessionSampler';
import { hasMeterProvider, hasTracerProvider } from '../sdkState';
import { mustAgree, registeredBy } from './api';
import { reportProblems } from './diagnostics';
import { requireFromSdk } from './sdk';
import { exportersOf, type Settings } from './settings';
import { END_LIMIT, flushAtExit } from './shutdown';

type SdkNode = typeof import('@opentelemetry/sdk-node');

/** Undefined to leave them to the SDK. */
type SpanProcessors = Partial<NodeSDKConfiguration>['spanProcessors'];

/** The variable that decides how long exporters hold a process that ends. */
const OTLP_TIMEOUT = 'OTEL_EXPORTER_OTLP_TIMEOUT';

/** The variable that asks the SDK for metrics of itself. */
const SDK_METRICS = 'OTEL_NODE_EXPERIMENTAL_SDK_METRICS';

/** Leaves context and propagation as they are. The SDK takes null, though its type does not. */
const NO_PROPAGATION = { contextManager: null, textMapPropagator: null } as object;

/**
 * Starts the signals that the settings ask for and that nothing else has set up.
 *
 * @returns what is left to do once vango is instrumented: open the port, and say what was started
 * @throws Error with the remedy when nothing can be started
 */
export function start(settings: Settings): () => void {
  const { sessionRatio, configFile } = settings;
  const hasSampler = hasTracerProvider() || configFile !== undefined;
  const announceStart = startSignals(settings);
  return () => {
    announceStart();
    if (sessionRatio === undefined || !hasSampler) return;
    operatorLine(
      'the sampler of the OpenTelemetry SDK that is running decides which sessions are kept; ' +
        `give it sessionSampler(${sessionRatio}) of @vango/opentelemetry`,
    );
  };
}

function startSignals(settings: Settings): () => void {
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
    return () => announceFile(settings.configFile as string);
  }

  const { metricReaders } = require('./readers') as typeof import('./readers');
  const hasLiveView = exporters.includes('prometheus') && settings.liveView !== false;
  // Only processors that the SDK creates itself have its metrics of them.
  const followsSpans = hasLiveView && process.env[SDK_METRICS]?.trim().toLowerCase() !== 'true';
  const processors = (): SpanProcessors => {
    if (traces.length === 0) return [];
    if (!followsSpans) return undefined;
    const { spanProcessors } = require('./spanProcessors') as typeof import('./spanProcessors');
    return spanProcessors(traces);
  };
  const { sessionRatio: ratio } = settings;
  const isStarted = reportProblems(process.env);
  const readers = withDefault(OTLP_TIMEOUT, String(END_LIMIT), () => {
    const readers = metricReaders(exporters, settings);
    const sdk = new NodeSDK({
      metricReaders: readers,
      ...(ratio !== undefined && { sampler: sessionSampler(ratio) }),
      resource: ownResource(),
      spanProcessors: processors(),
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

/**
 * Tells this process from others of its service, whose series a backend would mix up. What
 * detectors find replaces it: an attribute of the user, or the id that SDK 3.x gives each process.
 */
function ownResource() {
  const { defaultResource, resourceFromAttributes } = requireFromSdk(
    '@opentelemetry/resources',
  ) as typeof import('@opentelemetry/resources');
  const attributes = { 'service.instance.id': randomUUID() };
  return defaultResource().merge(resourceFromAttributes(attributes));
}

/** Opens the port, and says in one line what is exported and where. */
async function announce(
  isJoined: boolean,
  prometheus: VangoPrometheusExporter | undefined,
  exporters: readonly string[],
  traces: readonly string[],
): Promise<void> {
  await prometheus?.startServer();
  const destinations = exporters.filter(name => name !== 'prometheus');
  if (prometheus?.url !== undefined)
    destinations.unshift(prometheus.url + (prometheus.slot ? ` (process ${prometheus.slot})` : ''));
  const made = [
    ...(isJoined && exporters.length === 0 ? [] : [`metrics: ${listed(destinations)}`]),
    ...(isJoined && traces.length === 0 ? [] : [`traces: ${listed(exportersOf(traces))}`]),
    ...(prometheus?.liveViewUrl === undefined ? [] : [`live view: ${prometheus.liveViewUrl}`]),
  ].join('; ');
  operatorLine(
    isJoined
      ? `telemetry joined the OpenTelemetry SDK that is running, and started what it lacks; ${made}`
      : `telemetry started; ${made}`,
  );
}

function announceFile(file: string): void {
  if (hasTracerProvider() || hasMeterProvider())
    operatorLine(`telemetry started as OTEL_CONFIG_FILE says: ${file}`);
  else
    operatorLine(
      `telemetry not started: the SDK started nothing from OTEL_CONFIG_FILE, which is ${file}`,
    );
}

function listed(names: readonly string[]): string {
  return names.join(', ') || 'none';
}

/** Runs code with a default for an environment variable. */
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
