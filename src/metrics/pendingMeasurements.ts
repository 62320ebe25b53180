import type { HistogramId } from './catalogue';
import type { Cell } from './series';

/** Measurements that wait at the most; passing on so many takes less than a millisecond. */
const CAPACITY = 1024;

/**
 * Measurements on their way to histograms, passed on together when a reader collects or there are many: an SDK's recording is long code, which runs several times as
 * fast in a loop of its own as when each event has to bring it into the processor's caches again.
 */
export class PendingMeasurements {
  private readonly values = new Float64Array(CAPACITY);
  private readonly histograms: HistogramId[] = [];
  private readonly cells: Cell[] = [];
  private length = 0;

  /** @param pass must not throw */
  constructor(private readonly pass: (histogram: HistogramId, value: number, cell: Cell) => void) {}

  add(histogram: HistogramId, value: number, cell: Cell): void {
    const index = this.length++;
    this.values[index] = value;
    this.histograms[index] = histogram;
    this.cells[index] = cell;
    if (this.length === CAPACITY) this.flush();
  }

  /** Passes on what waits. */
  flush(): void {
    const { length } = this;
    this.length = 0;
    for (let index = 0; index < length; index++) {
      this.pass(
        this.histograms[index] as HistogramId,
        this.values[index] as number,
        this.cells[index] as Cell,
      );
    }
  }
}
