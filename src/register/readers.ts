import { dirname } from 'node:path';
import type { IMetricReader, PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { VangoPrometheusExporter } from '../prometheus';
import type { MetricsExporterName, OtlpProtocol, Settings } from './settings';

/** Packages of the OTLP exporters, which come with the SDK. */
const OTLP_PACKAGES: Readonly<Record<OtlpProtocol, string>> = {
  'http/protobuf': '@opentelemetry/exporter-metrics-otlp-proto',
  'http/json': '@opentelemetry/exporter-metrics-otlp-http',
  grpc: '@opentelemetry/exporter-metrics-otlp-grpc',
};

type ReaderFactory = (settings: Settings) => IMetricReader;

const FACTORIES: Readonly<Record<Exclude<MetricsExporterName, 'none'>, ReaderFactory>> = {
  prometheus: ({ prometheusHost, prometheusPort }) =>
    new VangoPrometheusExporter({ host: prometheusHost, port: prometheusPort }),
  otlp: ({ otlpMetricsProtocol }) => {
    const sdk = dirname(require.resolve('@opentelemetry/sdk-node'));
    const { OTLPMetricExporter } = require(
      require.resolve(OTLP_PACKAGES[otlpMetricsProtocol], { paths: [sdk] }),
    ) as {
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

/** The readers the environment asks for. */
export function metricReaders(settings: Settings): IMetricReader[] {
  return settings.metrics.flatMap(name => (name === 'none' ? [] : [FACTORIES[name](settings)]));
}

function periodic(exporter: PushMetricExporter): IMetricReader {
  const { PeriodicExportingMetricReader } =
    require('@opentelemetry/sdk-metrics') as typeof import('@opentelemetry/sdk-metrics');
  return new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: Number(process.env.OTEL_METRIC_EXPORT_INTERVAL) || 60_000,
    exportTimeoutMillis: Number(process.env.OTEL_METRIC_EXPORT_TIMEOUT) || 30_000,
  });
}
