import type { Attributes } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';

const TIMES = { startTime: [0, 0] as [number, number], endTime: [1, 0] as [number, number] };

interface Described {
  readonly description?: string;
  readonly unit?: string;
}

function base(name: string, { description = '', unit = '' }: Described) {
  return {
    descriptor: { name, description, unit, valueType: 1 },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
}

/** A sum as an SDK collects it; its points count from 1 unless values are given. */
export function sumOf(
  name: string,
  series: ReadonlyArray<readonly [attributes: Attributes, value: number]>,
  { isMonotonic = true, ...described }: Described & { isMonotonic?: boolean } = {},
): MetricData {
  const dataPoints = series.map(([attributes, value]) => ({ ...TIMES, attributes, value }));
  return { ...base(name, described), dataPointType: DataPointType.SUM, isMonotonic, dataPoints };
}

export function gaugeOf(
  name: string,
  series: ReadonlyArray<readonly [attributes: Attributes, value: number]>,
  described: Described = {},
): MetricData {
  const dataPoints = series.map(([attributes, value]) => ({ ...TIMES, attributes, value }));
  return { ...base(name, described), dataPointType: DataPointType.GAUGE, dataPoints };
}

interface HistogramValue {
  readonly counts: number[];
  readonly sum?: number;
}

export function histogramOf(
  name: string,
  boundaries: number[],
  series: ReadonlyArray<readonly [attributes: Attributes, value: HistogramValue]>,
  described: Described = {},
): MetricData {
  const dataPoints = series.map(([attributes, { counts, sum }]) => ({
    ...TIMES,
    attributes,
    value: {
      count: counts.reduce((all, one) => all + one, 0),
      sum,
      buckets: { boundaries, counts },
    },
  }));
  return { ...base(name, described), dataPointType: DataPointType.HISTOGRAM, dataPoints };
}

/** What an SDK collected of metrics by scope. */
export function collected(
  scopes: Readonly<Record<string, readonly MetricData[]>>,
  attributes: Attributes = {},
): ResourceMetrics {
  return {
    resource: resourceFromAttributes(attributes),
    scopeMetrics: Object.entries(scopes).map(([name, metrics]) => ({
      scope: { name },
      metrics: [...metrics],
    })),
  };
}
