import type { OtlpMessage } from './otlp';

export type Attributes = Readonly<Record<string, unknown>>;

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for roots. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: bigint;
  readonly endTimeUnixNano: bigint;
  readonly attributes: Attributes;
  readonly status: { readonly code?: number; readonly message?: string };
  readonly events: ReadonlyArray<{ readonly name: string; readonly attributes: Attributes }>;
  readonly links: ReadonlyArray<{
    readonly traceId: string;
    readonly spanId: string;
    readonly attributes: Attributes;
  }>;
  readonly scope: string;
}

export interface ReceivedHistogram {
  readonly count: number;
  readonly sum: number | undefined;
  readonly bounds: readonly number[];
  /** Each bucket's own; the last is for what is above all bounds. */
  readonly bucketCounts: readonly number[];
}

interface ReceivedPoint<T> {
  readonly attributes: Attributes;
  readonly startTimeUnixNano: bigint;
  readonly timeUnixNano: bigint;
  readonly value: T;
}

interface MetricIdentity {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly scope: string;
}

export type ReceivedMetric = MetricIdentity &
  (
    | { readonly type: 'gauge'; readonly points: ReadonlyArray<ReceivedPoint<number>> }
    | {
        readonly type: 'sum';
        readonly isMonotonic: boolean;
        readonly temporality: Temporality;
        readonly points: ReadonlyArray<ReceivedPoint<number>>;
      }
    | {
        readonly type: 'histogram';
        readonly temporality: Temporality;
        readonly points: ReadonlyArray<ReceivedPoint<ReceivedHistogram>>;
      }
  );

const TEMPORALITIES = ['unspecified', 'delta', 'cumulative'] as const;
type Temporality = (typeof TEMPORALITIES)[number];

export interface ReceivedLog {
  /** Empty for records that are no events. */
  readonly eventName: string;
  readonly body: unknown;
  readonly severity: number;
  readonly severityText: string;
  /** Empty outside of spans, as `spanId`. */
  readonly traceId: string;
  readonly spanId: string;
  readonly timeUnixNano: bigint;
  readonly attributes: Attributes;
  readonly scope: string;
}

export function spanOf(span: OtlpMessage<'Span'>, scope: string): ReceivedSpan {
  const { name = '', kind = 0, startTimeUnixNano = 0n, endTimeUnixNano = 0n, status = {} } = span;
  return {
    traceId: hex(span.traceId),
    spanId: hex(span.spanId),
    parentSpanId: hex(span.parentSpanId),
    ...{ name, kind, startTimeUnixNano, endTimeUnixNano, status, scope },
    attributes: attributesOf(span.attributes),
    events: span.events.map(event => ({
      name: event.name ?? '',
      attributes: attributesOf(event.attributes),
    })),
    links: span.links.map(link => ({
      traceId: hex(link.traceId),
      spanId: hex(link.spanId),
      attributes: attributesOf(link.attributes),
    })),
  };
}

export function logOf(record: OtlpMessage<'LogRecord'>, scope: string): ReceivedLog {
  return {
    eventName: record.eventName ?? '',
    body: record.body && plain(record.body),
    severity: record.severityNumber ?? 0,
    severityText: record.severityText ?? '',
    traceId: hex(record.traceId),
    spanId: hex(record.spanId),
    timeUnixNano: record.timeUnixNano ?? 0n,
    attributes: attributesOf(record.attributes),
    scope,
  };
}

/** @throws TypeError for a metric that is neither gauge, sum nor histogram */
export function metricOf(metric: OtlpMessage<'Metric'>, scope: string): ReceivedMetric {
  const { name = '', description = '', unit = '', gauge, sum, histogram } = metric;
  const identity = { name, description, unit, scope };
  if (gauge !== undefined) {
    return {
      ...identity,
      type: 'gauge',
      points: gauge.dataPoints.map(point => pointOf(point, numberOf)),
    };
  }
  if (sum !== undefined) {
    return {
      ...identity,
      type: 'sum',
      isMonotonic: sum.isMonotonic ?? false,
      temporality: temporalityOf(sum),
      points: sum.dataPoints.map(point => pointOf(point, numberOf)),
    };
  }
  if (histogram !== undefined) {
    return {
      ...identity,
      type: 'histogram',
      temporality: temporalityOf(histogram),
      points: histogram.dataPoints.map(point => pointOf(point, histogramOf)),
    };
  }
  throw new TypeError(`metric ${name} has no data`);
}

function temporalityOf({
  aggregationTemporality = 0,
}: {
  aggregationTemporality?: number;
}): Temporality {
  return TEMPORALITIES[aggregationTemporality] ?? 'unspecified';
}

function pointOf<P extends OtlpMessage<'NumberDataPoint'> | OtlpMessage<'HistogramDataPoint'>, T>(
  point: P,
  read: (point: P) => T,
): ReceivedPoint<T> {
  const { startTimeUnixNano = 0n, timeUnixNano = 0n } = point;
  return {
    startTimeUnixNano,
    timeUnixNano,
    attributes: attributesOf(point.attributes),
    value: read(point),
  };
}

function numberOf({ asInt, asDouble }: OtlpMessage<'NumberDataPoint'>): number {
  return asDouble ?? Number(asInt);
}

function histogramOf(point: OtlpMessage<'HistogramDataPoint'>): ReceivedHistogram {
  return {
    count: Number(point.count),
    sum: point.sum,
    bounds: point.explicitBounds,
    bucketCounts: point.bucketCounts.map(Number),
  };
}

/** Attributes as plain values. */
export function attributesOf(attributes: ReadonlyArray<OtlpMessage<'KeyValue'>>): Attributes {
  return Object.fromEntries(attributes.map(({ key = '', value }) => [key, value && plain(value)]));
}

function plain(value: OtlpMessage<'AnyValue'>): unknown {
  const { intValue, arrayValue, kvlistValue, ...others } = value;
  if (intValue !== undefined) return Number(intValue);
  if (arrayValue !== undefined) return arrayValue.values.map(plain);
  if (kvlistValue !== undefined) return attributesOf(kvlistValue.values);
  return Object.values(others)[0];
}

function hex(bytes: Uint8Array = new Uint8Array()): string {
  return Buffer.from(bytes).toString('hex');
}
