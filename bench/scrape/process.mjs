// Serves the series of histograms of 11 buckets in one way, and moves them when it is told.
// Arguments: the way, and how many series.
import { createServer } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { VangoPrometheusExporter } from '@vango/opentelemetry/prometheus';
import prom from 'prom-client';

const [way, count] = process.argv.slice(2);
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Below the number of series that an SDK keeps apart. */
const SERIES_OF_ONE = 1500;
const RESOLUTION = 1;
const names = Array.from({ length: Number(count) / SERIES_OF_ONE }, (_, i) => `app_wait_${i}`);

function viaSdk(exporter, answer) {
  const meter = new MeterProvider({ readers: [exporter] }).getMeter('bench');
  const advice = { explicitBucketBoundaries: BUCKETS };
  const histograms = names.map(name => meter.createHistogram(name, { unit: 's', advice }));
  return { answer, record: (i, value, labels) => histograms[i].record(value, labels) };
}

function viaExporter(exporter) {
  return viaSdk(exporter, (request, response) =>
    exporter.getMetricsRequestHandler(request, response),
  );
}

/** Collects once, and writes that at each scrape. */
class WritesAlone extends VangoPrometheusExporter {
  collect(options) {
    this.collected ??= super.collect(options);
    return this.collected;
  }
}

const WAYS = {
  ours: () => viaExporter(new VangoPrometheusExporter({ preventServerStart: true })),
  write: () => viaExporter(new WritesAlone({ preventServerStart: true })),
  stock: () => viaExporter(new PrometheusExporter({ preventServerStart: true })),
  // What the SDK does before any text is written.
  collect() {
    const exporter = new PrometheusExporter({ preventServerStart: true });
    return viaSdk(exporter, async (_, response) => {
      await exporter.collect();
      response.end();
    });
  },
  promClient() {
    const registry = new prom.Registry();
    const histograms = names.map(
      name =>
        new prom.Histogram({
          name,
          help: name,
          labelNames: ['path'],
          buckets: BUCKETS,
          registers: [registry],
        }),
    );
    return {
      answer: async (_, response) => response.end(await registry.metrics()),
      record: (i, value, labels) => histograms[i].observe(labels, value),
    };
  },
};

const { answer, record } = WAYS[way]();
const labels = Array.from({ length: SERIES_OF_ONE }, (_, i) => ({ path: `/products/${i}/:id` }));
const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
delay.enable();

const server = createServer(answer);
server.listen(0, '127.0.0.1', () => process.send(server.address().port));
process.on('message', message => {
  if (message === 'delay') {
    process.send(delay.max / 1e6 - RESOLUTION);
    return;
  }
  for (let i = 0; i < names.length; i++)
    for (const each of labels) record(i, Math.random() * 10, each);
  setTimeout(() => {
    delay.reset();
    process.send('moved');
  }, 50);
});
process.once('disconnect', () => process.exit());
