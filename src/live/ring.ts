/** Keeps the last entries that it was given. */
export class Ring<T> {
  private readonly entries: T[] = [];
  private next = 0;

  constructor(private readonly capacity: number) {}

  push(entry: T): T | undefined {
    if (this.entries.length < this.capacity) {
      this.entries.push(entry);
      return undefined;
    }
    const replaced = this.entries[this.next];
    this.entries[this.next] = entry;
    this.next = (this.next + 1) % this.capacity;
    return replaced;
  }

  /** The entries, the oldest first. */
  *[Symbol.iterator](): Generator<T> {
    for (let i = 0; i < this.entries.length; i++)
      yield this.entries[(this.next + i) % this.entries.length] as T;
  }
}
