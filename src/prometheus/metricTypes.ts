import type {
  DataPoint,
  ExponentialHistogramMetricData,
  Histogram,
  HistogramMetricData,
  MetricData,
  SumMetricData,
} from '@opentelemetry/sdk-metrics';

export type FamilyType = 'counter' | 'gauge' | 'histogram';
/** What is written of a histogram. Exponential ones have no buckets in these formats. */
export type HistogramPoint = DataPoint<
  Pick<Histogram, 'count' | 'sum'> & { readonly buckets?: Histogram['buckets'] }
>;

// Numbers of `DataPointType`, equal in both SDK lines: these files do not load the SDK.
const HISTOGRAM = 0;
const EXPONENTIAL_HISTOGRAM = 1;
const SUM = 3;

export function typeOf(metric: MetricData): FamilyType {
  if (isHistogram(metric) || isExponential(metric)) return 'histogram';
  return isSum(metric) && metric.isMonotonic ? 'counter' : 'gauge';
}

function isSum(metric: MetricData): metric is SumMetricData {
  return metric.dataPointType === SUM;
}

function isHistogram(metric: MetricData): metric is HistogramMetricData {
  return metric.dataPointType === HISTOGRAM;
}

export function isExponential(metric: MetricData): metric is ExponentialHistogramMetricData {
  return metric.dataPointType === EXPONENTIAL_HISTOGRAM;
}

/** The points of a metric, by what is written of them. */
export type Points =
  | { readonly of: 'values'; readonly points: ReadonlyArray<DataPoint<number>> }
  | { readonly of: 'histograms'; readonly points: readonly HistogramPoint[] };

export function pointsOf(metric: MetricData): Points {
  if (isHistogram(metric)) return { of: 'histograms', points: metric.dataPoints };
  if (!isExponential(metric)) return { of: 'values', points: metric.dataPoints };
  const points = metric.dataPoints.map(point => {
    const { count, sum } = point.value;
    return { ...point, value: { count, sum } };
  });
  return { of: 'histograms', points };
}
