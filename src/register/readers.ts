import type { IMetricReader, PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { diagnose } from '../messages';
import { VangoPrometheusExporter } from '../prometheus';
import { requireFromSdk } from './sdk';
import type { MetricsExporterName, Settings } from './settings';

// The SDK reads these variables only when it creates all readers, its own Prometheus exporter
// included. They are read here by its rules: an invalid value is reported and has its default.

/** Packages of the OTLP exporters. They come with the SDK. */
const OTLP_PACKAGES: Readonly<Record<string, string>> = {
  'http/protobuf': '@opentelemetry/exporter-metrics-otlp-proto',
  'http/json': '@opentelemetry/exporter-metrics-otlp-http',
  grpc: '@opentelemetry/exporter-metrics-otlp-grpc',
};
const DEFAULT_PROTOCOL = 'http/protobuf';
const DEFAULT_INTERVAL = 60_000;
const DEFAULT_TIMEOUT = 30_000;
/** The longest delay of a Node.js timer. */
const MAX_MILLISECONDS = 2 ** 31 - 1;

type ReaderFactory = (settings: Settings) => IMetricReader;

const FACTORIES: Readonly<Record<Exclude<MetricsExporterName, 'none'>, ReaderFactory>> = {
  prometheus: ({ prometheusHost, prometheusPort, liveView }) =>
    new VangoPrometheusExporter({
      host: prometheusHost,
      port: prometheusPort,
      liveView,
      preventServerStart: true,
    }),
  otlp: () => {
    const { OTLPMetricExporter } = requireFromSdk(otlpPackage(process.env)) as {
      OTLPMetricExporter: new () => PushMetricExporter;
    };
    return periodic(new OTLPMetricExporter());
  },
  console: () => {
    const { ConsoleMetricExporter } =
      require('@opentelemetry/sdk-metrics') as typeof import('@opentelemetry/sdk-metrics');
    return periodic(new ConsoleMetricExporter());
  },
};

/** Creates readers for exporters. None of them opens anything yet. */
export function metricReaders(
  exporters: readonly MetricsExporterName[],
  settings: Settings,
): IMetricReader[] {
  return exporters.flatMap(name => (name === 'none' ? [] : [FACTORIES[name](settings)]));
}

function otlpPackage(env: NodeJS.ProcessEnv): string {
  for (const variable of ['OTEL_EXPORTER_OTLP_METRICS_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL']) {
    const protocol = env[variable]?.trim();
    if (!protocol) continue;
    const found = OTLP_PACKAGES[protocol];
    if (found !== undefined) return found;
    diagnose(
      'warn',
      `${variable} is ${JSON.stringify(protocol)}; ${DEFAULT_PROTOCOL} is used. ` +
        `Give ${Object.keys(OTLP_PACKAGES).join(', ')}`,
    );
    break;
  }
  return OTLP_PACKAGES[DEFAULT_PROTOCOL] as string;
}

function periodic(exporter: PushMetricExporter): IMetricReader {
  const { PeriodicExportingMetricReader } =
    require('@opentelemetry/sdk-metrics') as typeof import('@opentelemetry/sdk-metrics');
  const exportIntervalMillis = milliseconds('OTEL_METRIC_EXPORT_INTERVAL') ?? DEFAULT_INTERVAL;
  const timeout = milliseconds('OTEL_METRIC_EXPORT_TIMEOUT');
  if (timeout !== undefined && timeout > exportIntervalMillis) {
    diagnose(
      'warn',
      `OTEL_METRIC_EXPORT_TIMEOUT is ${timeout}, more than the interval; ` +
        `${exportIntervalMillis} is used`,
    );
  }
  return new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis,
    exportTimeoutMillis: Math.min(timeout ?? DEFAULT_TIMEOUT, exportIntervalMillis),
  });
}

function milliseconds(variable: string): number | undefined {
  const { getNumberFromEnv } = requireFromSdk('@opentelemetry/core') as {
    getNumberFromEnv(variable: string): number | undefined;
  };
  const value = getNumberFromEnv(variable);
  if (value === undefined || (value > 0 && value <= MAX_MILLISECONDS)) return value;
  diagnose(
    'warn',
    `${variable} is ${value}; the default is used. Give milliseconds, 1 to ${MAX_MILLISECONDS}`,
  );
  return undefined;
}
