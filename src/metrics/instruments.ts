import type {
  BatchObservableCallback,
  BatchObservableResult,
  Histogram,
  Meter,
  MetricOptions,
  Observable,
  ObservableCounter,
  ObservableUpDownCounter,
} from '@opentelemetry/api';
import { ValueType } from '@opentelemetry/api';
import {
  type CounterId,
  definitionsOf,
  type GaugeId,
  type HistogramId,
  type MetricDefinition,
} from './catalogue';

/** How instruments are named and divided. */
export interface InstrumentNaming {
  readonly namespace: string;
  readonly subsystem: string;
  /** Bounds of the event duration's buckets, in seconds. */
  readonly buckets: readonly number[];
}

/** Reports counters and gauges when a reader collects. */
export type Observe = (
  result: BatchObservableResult,
  counters: ReadonlyMap<CounterId, Observable>,
  gauges: ReadonlyMap<GaugeId, Observable>,
) => void;

/** The instruments of the catalogue on one meter. */
export class Instruments {
  readonly histograms: ReadonlyMap<HistogramId, Histogram>;
  private readonly observables: Observable[];
  private readonly callback: BatchObservableCallback;

  constructor(
    private readonly meter: Meter,
    naming: InstrumentNaming,
    observe: Observe,
  ) {
    const make = <T>(create: (name: string, options: MetricOptions) => T, definition: MetricDefinition): T =>
      create(nameOf(definition, naming), optionsOf(definition, naming));
    const gauges = new Map<GaugeId, ObservableUpDownCounter>();
    for (const [id, definition] of definitionsOf('gauge')) {
      gauges.set(
        id,
        make((name, options) => meter.createObservableUpDownCounter(name, options), definition),
      );
    }
    const counters = new Map<CounterId, ObservableCounter>();
    for (const [id, definition] of definitionsOf('counter')) {
      counters.set(
        id,
        make((name, options) => meter.createObservableCounter(name, options), definition),
      );
    }
    const histograms = new Map<HistogramId, Histogram>();
    for (const [id, definition] of definitionsOf('histogram')) {
      histograms.set(
        id,
        make((name, options) => meter.createHistogram(name, options), definition),
      );
    }
    this.histograms = histograms;
    this.observables = [...gauges.values(), ...counters.values()];
    this.callback = result => observe(result, counters, gauges);
    meter.addBatchObservableCallback(this.callback, this.observables);
  }

  /** Stops reporting to this meter. */
  release(): void {
    this.meter.removeBatchObservableCallback(this.callback, this.observables);
  }
}

function nameOf(definition: MetricDefinition, { namespace, subsystem }: InstrumentNaming): string {
  return [namespace, subsystem, definition.name].filter(part => part !== '').join('.');
}

function optionsOf(definition: MetricDefinition, { buckets }: InstrumentNaming): MetricOptions {
  const bounds = definition.name === 'event.duration.seconds' ? buckets : definition.buckets;
  return {
    description: definition.description,
    valueType: definition.unit === 's' || definition.unit === undefined ? ValueType.DOUBLE : ValueType.INT,
    ...(definition.unit !== undefined && { unit: definition.unit }),
    ...(bounds !== undefined && { advice: { explicitBucketBoundaries: [...bounds] } }),
  };
}
