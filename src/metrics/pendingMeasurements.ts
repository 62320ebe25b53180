import type { Cell } from './series';

/** Measurements that wait at the most; passing on so many takes less than a millisecond. */
const CAPACITY = 1024;

/**
 * Measurements on their way to histograms, passed on together when a reader collects or there are
 * many: an SDK's recording is long code, which runs several times as fast in a loop of its own as
 * when each event has to bring it into the processor's caches again.
 */
export class PendingMeasurements {
  private readonly values = new Float64Array(CAPACITY);
  private readonly cells: Cell[] = [];
  private length = 0;

  get isFull(): boolean {
    return this.length === CAPACITY;
  }

  /** Not when it is full. */
  add(value: number, cell: Cell): void {
    const index = this.length++;
    this.values[index] = value;
    this.cells[index] = cell;
  }

  /** Passes on what waits. @param pass must not throw */
  flush(pass: (value: number, cell: Cell) => void): void {
    const { length } = this;
    this.length = 0;
    for (let index = 0; index < length; index++)
      pass(this.values[index] as number, this.cells[index] as Cell);
  }
}
