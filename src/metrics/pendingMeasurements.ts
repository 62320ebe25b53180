import { type Context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { Series } from './series';

/** Passing on so many measurements takes less than a millisecond. */
const CAPACITY = 1024;
/** Spans that may wait with their measurements: more would outlive a collection of garbage. */
const MOST_SPANS = 64;

/**
 * Measurements on their way to histograms. They are passed on together, when a reader collects or
 * when there are many: see docs/performance.md. Each keeps the context of its event, for views and
 * exemplars.
 */
export class PendingMeasurements {
  private readonly values = new Float64Array(CAPACITY);
  private readonly series: Series[] = [];
  private readonly contexts: Context[] = [];
  private length = 0;
  private spans = 0;

  get isFull(): boolean {
    return this.length === CAPACITY || this.spans === MOST_SPANS;
  }

  /** Adds a measurement. Must not be called when the list is full. */
  add(value: number, series: Series, context: Context): void {
    const index = this.length++;
    this.values[index] = value;
    this.series[index] = series;
    this.contexts[index] = context;
    if (context !== ROOT_CONTEXT) this.spans++;
  }

  /**
   * Passes on what waits.
   *
   * @param pass - must not throw
   */
  flush(pass: (value: number, series: Series, context: Context) => void): void {
    const { length, values, series, contexts } = this;
    this.length = 0;
    this.spans = 0;
    for (let index = 0; index < length; index++) {
      pass(values[index] as number, series[index] as Series, contexts[index] as Context);
      // A context holds its span, and what that holds.
      contexts[index] = ROOT_CONTEXT;
    }
  }
}
