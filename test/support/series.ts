import { CATALOGUE, type MetricDefinition } from '../../src';
import type { OtlpReceiver } from './otlpReceiver';
import type { Scrape } from './prometheus';

/** Values of series by Prometheus name and labels; those at 0 are left out. */
export type Series = Record<string, number>;

const FAMILIES: readonly MetricDefinition[] = Object.values(CATALOGUE);
/** Histograms of times and estimates: their counts can be predicted, but not their values. */
const ONLY_COUNTED = new Set(
  FAMILIES.filter(
    ({ kind, unit, name }) =>
      kind === 'histogram' && (unit !== 'By' || name === 'session.memory.bytes'),
  ).map(({ prometheusName }) => prometheusName),
);

/** As many as there is time for: a long visit has more pings. */
const UNPREDICTABLE = 'vango_round_trip_seconds';

export function keyOf(name: string, labels: Readonly<Record<string, unknown>> = {}): string {
  const shown = Object.entries(labels)
    .sort()
    .map(([label, value]) => `${label}="${value}"`);
  return shown.length === 0 ? name : `${name}{${shown.join(',')}}`;
}

/** Adds the series of a histogram whose values are known. */
export function addHistogram(
  series: Series,
  family: MetricDefinition,
  labels: Record<string, string>,
  values: readonly number[],
): void {
  const { prometheusName: name, buckets = [] } = family;
  series[keyOf(`${name}_count`, labels)] = values.length;
  series[keyOf(`${name}_sum`, labels)] = values.reduce((sum, value) => sum + value, 0);
  for (const bound of [...buckets, Number.POSITIVE_INFINITY]) {
    const below = values.filter(value => value <= bound).length;
    if (below > 0) series[keyOf(`${name}_bucket`, { ...labels, le: leOf(bound) })] = below;
  }
}

/** The series of the catalogue in a scrape, without the scope labels of the stock exporter. */
export function scrapedSeries({ samples }: Scrape): Series {
  const series: Series = {};
  for (const { name, labels, value } of samples) {
    const family = name.replace(/_(count|sum|bucket)$/, '');
    if (!name.startsWith('vango_') || value === 0 || family === UNPREDICTABLE) continue;
    if (ONLY_COUNTED.has(family) && !name.endsWith('_count')) continue;
    const own = Object.entries(labels).filter(([label]) => !label.startsWith('otel_scope_'));
    series[keyOf(name, Object.fromEntries(own))] = value;
  }
  return series;
}

/** The same of what came over OTLP. */
export function receivedSeries(receiver: OtlpReceiver): Series {
  const series: Series = {};
  for (const family of FAMILIES) {
    const metric = receiver.metrics.get(`vango.${family.name}`);
    if (metric === undefined || family.prometheusName === UNPREDICTABLE) continue;
    const { prometheusName: name } = family;
    if (metric.type !== 'histogram') {
      for (const { attributes, value } of metric.points)
        if (value !== 0) series[keyOf(name, attributes)] = value;
      continue;
    }
    for (const { attributes, value } of metric.points) {
      series[keyOf(`${name}_count`, attributes)] = value.count;
      if (ONLY_COUNTED.has(name)) continue;
      series[keyOf(`${name}_sum`, attributes)] = value.sum ?? Number.NaN;
      let below = 0;
      value.bucketCounts.forEach((count, index) => {
        below += count;
        const le = leOf(value.bounds[index] ?? Number.POSITIVE_INFINITY);
        if (below > 0) series[keyOf(`${name}_bucket`, { ...attributes, le })] = below;
      });
    }
  }
  return series;
}

function leOf(bound: number): string {
  return bound === Number.POSITIVE_INFINITY ? '+Inf' : String(bound);
}
