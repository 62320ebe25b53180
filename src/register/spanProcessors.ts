import type { NodeSDKConfiguration } from '@opentelemetry/sdk-node';
import { diagnose } from '../messages';
import { LiveViewSpanProcessor } from '../prometheus';
import { positiveNumber } from './numbers';
import { otlpExporter } from './otlp';
import { requireFromSdk } from './sdk';
import { exportersOf, isTracesExporter, type TracesExporterName } from './settings';

// The SDK reads these variables only when it creates all processors. With the live view they are
// read here by its rules: an invalid value is reported and has its default.

type SpanProcessor = NonNullable<NodeSDKConfiguration['spanProcessors']>[number];

interface SdkTrace {
  readonly ConsoleSpanExporter: new () => unknown;
  readonly SimpleSpanProcessor: new (options: { exporter: unknown }) => SpanProcessor;
  readonly BatchSpanProcessor: new (options: {
    readonly exporter: unknown;
    readonly maxQueueSize: number | undefined;
    readonly maxExportBatchSize: number | undefined;
    readonly scheduledDelayMillis: number | undefined;
    readonly exportTimeoutMillis: number | undefined;
  }) => SpanProcessor;
}

const FACTORIES: Readonly<Record<TracesExporterName, () => SpanProcessor>> = {
  otlp: () => batches(otlpExporter('trace')),
  zipkin() {
    const { ZipkinExporter } = requireFromSdk('@opentelemetry/exporter-zipkin') as {
      ZipkinExporter: new () => unknown;
    };
    return batches(new ZipkinExporter());
  },
  console() {
    const { ConsoleSpanExporter, SimpleSpanProcessor } = sdkTrace();
    return new SimpleSpanProcessor({ exporter: new ConsoleSpanExporter() });
  },
};

/**
 * Creates the processors that the SDK would create for these exporters, and the one of the live
 * view. Undefined where the SDK would create none: it says why.
 */
export function spanProcessors(names: readonly string[]): SpanProcessor[] | undefined {
  const exporters = exportersOf(names);
  if (exporters.length === 0) return undefined;
  reportIgnored(names);
  return [new LiveViewSpanProcessor(), ...exporters.map(name => FACTORIES[name]())];
}

function reportIgnored(names: readonly string[]): void {
  const variable = 'OTEL_TRACES_EXPORTER';
  if (names.includes('none')) {
    diagnose('warn', `${variable} contains "none" along with other exporters; otlp is used`);
    return;
  }
  for (const name of names)
    if (!isTracesExporter(name))
      diagnose('warn', `${variable} contains ${JSON.stringify(name)}, which is unknown`);
}

function batches(exporter: unknown): SpanProcessor {
  const { BatchSpanProcessor } = sdkTrace();
  return new BatchSpanProcessor({
    exporter,
    maxQueueSize: positiveNumber('OTEL_BSP_MAX_QUEUE_SIZE'),
    maxExportBatchSize: positiveNumber('OTEL_BSP_MAX_EXPORT_BATCH_SIZE'),
    scheduledDelayMillis: positiveNumber('OTEL_BSP_SCHEDULE_DELAY'),
    exportTimeoutMillis: positiveNumber('OTEL_BSP_EXPORT_TIMEOUT'),
  });
}

function sdkTrace(): SdkTrace {
  return requireFromSdk('@opentelemetry/sdk-trace') as SdkTrace;
}
