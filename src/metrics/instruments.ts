import type {
  Attributes,
  BatchObservableCallback,
  BatchObservableResult,
  Context,
  Counter,
  Histogram,
  Meter,
  MetricOptions,
  Observable,
  ObservableUpDownCounter,
} from '@opentelemetry/api';
import { ROOT_CONTEXT, ValueType } from '@opentelemetry/api';
import {
  type CounterId,
  definitionsOf,
  type GaugeId,
  type HistogramId,
  type MetricDefinition,
  type MetricId,
} from './catalogue';

/** How instruments are named and divided. */
export interface InstrumentNaming {
  readonly namespace: string;
  readonly subsystem: string;
  /** Bounds of the event duration's buckets, in seconds. */
  readonly buckets: readonly number[];
}

/** Called when a reader collects: reports the gauges. */
export type Observe = (
  result: BatchObservableResult,
  gauges: ReadonlyMap<GaugeId, Observable>,
) => void;

/** The instruments of the catalogue on one meter. */
export class Instruments {
  /**
   * Synchronous, though they are fed with totals of our own: an SDK adds up what series past its
   * limit and series that a view merges were given, where of an observable counter it keeps the
   * last one's total.
   */
  private readonly counters: ReadonlyMap<MetricId, Counter>;
  private readonly histograms: ReadonlyMap<MetricId, Histogram>;
  private readonly observables: Observable[];
  private readonly callback: BatchObservableCallback;

  constructor(
    private readonly meter: Meter,
    naming: InstrumentNaming,
    observe: Observe,
  ) {
    const make = <T>(
      create: (name: string, options: MetricOptions) => T,
      definition: MetricDefinition,
    ): T => create(nameOf(definition, naming), optionsOf(definition, naming));
    const gauges = new Map<GaugeId, ObservableUpDownCounter>();
    for (const [id, definition] of definitionsOf('gauge')) {
      gauges.set(
        id,
        make((name, options) => meter.createObservableUpDownCounter(name, options), definition),
      );
    }
    const counters = new Map<CounterId, Counter>();
    for (const [id, definition] of definitionsOf('counter')) {
      counters.set(
        id,
        make((name, options) => meter.createCounter(name, options), definition),
      );
    }
    const histograms = new Map<HistogramId, Histogram>();
    for (const [id, definition] of definitionsOf('histogram')) {
      histograms.set(
        id,
        make((name, options) => meter.createHistogram(name, options), definition),
      );
    }
    this.counters = counters;
    this.histograms = histograms;
    this.observables = [...gauges.values()];
    this.callback = result => observe(result, gauges);
    meter.addBatchObservableCallback(this.callback, this.observables);
  }

  /**
   * Adds to a counter. The amount may stand for many events, so it has the context of none: without
   * one, the SDK would take that of the scrape.
   */
  add(metric: MetricId, amount: number, attributes: Attributes): void {
    this.counters.get(metric)?.add(amount, attributes, ROOT_CONTEXT);
  }

  /** @param context - the context of what was measured */
  record(metric: MetricId, value: number, attributes: Attributes, context: Context): void {
    this.histograms.get(metric)?.record(value, attributes, context);
  }

  /** Stops reporting to this meter. */
  release(): void {
    this.meter.removeBatchObservableCallback(this.callback, this.observables);
  }
}

/** The name of a metric in OpenTelemetry. */
export function nameOf(
  definition: MetricDefinition,
  { namespace, subsystem }: InstrumentNaming,
): string {
  return [namespace, subsystem, definition.name].filter(part => part !== '').join('.');
}

/** The upper bounds of a histogram's buckets. */
export function boundsOf(
  definition: MetricDefinition,
  { buckets }: InstrumentNaming,
): readonly number[] | undefined {
  return definition.name === 'event.duration.seconds' ? buckets : definition.buckets;
}

function optionsOf(definition: MetricDefinition, naming: InstrumentNaming): MetricOptions {
  const bounds = boundsOf(definition, naming);
  return {
    description: definition.description,
    valueType:
      definition.unit === 's' || definition.unit === undefined ? ValueType.DOUBLE : ValueType.INT,
    ...(definition.unit !== undefined && { unit: definition.unit }),
    ...(bounds !== undefined && { advice: { explicitBucketBoundaries: [...bounds] } }),
  };
}
