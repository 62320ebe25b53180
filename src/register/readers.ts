import type { IMetricReader, PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { diagnose } from '../messages';
import { VangoPrometheusExporter } from '../prometheus';
import { positiveNumber } from './numbers';
import { otlpExporter } from './otlp';
import type { MetricsExporterName, Settings } from './settings';

// The SDK reads these variables only when it creates all readers, its own Prometheus exporter
// included. They are read here by its rules: an invalid value is reported and has its default.

const DEFAULT_INTERVAL = 60_000;
const DEFAULT_TIMEOUT = 30_000;

type ReaderFactory = (settings: Settings) => IMetricReader;

const FACTORIES: Readonly<Record<Exclude<MetricsExporterName, 'none'>, ReaderFactory>> = {
  prometheus: ({ prometheusHost, prometheusPort, liveView }) =>
    new VangoPrometheusExporter({
      host: prometheusHost,
      port: prometheusPort,
      liveView,
      preventServerStart: true,
    }),
  otlp: () => periodic(otlpExporter('metrics') as PushMetricExporter),
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

function periodic(exporter: PushMetricExporter): IMetricReader {
  const { PeriodicExportingMetricReader } =
    require('@opentelemetry/sdk-metrics') as typeof import('@opentelemetry/sdk-metrics');
  const exportIntervalMillis = positiveNumber('OTEL_METRIC_EXPORT_INTERVAL') ?? DEFAULT_INTERVAL;
  const timeout = positiveNumber('OTEL_METRIC_EXPORT_TIMEOUT');
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
