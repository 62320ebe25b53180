import { warnOnce } from '../messages';

/** The value that stands for values past a limit, and for values that are not text. */
export const OTHER = '_other';

/**
 * Limits the values of a label to a number that backends can bear. The limit of an SDK does not
 * protect memory.
 */
export class CardinalityLimit {
  private readonly known = new Set<string>();

  /**
   * @param subject - what has the values, for the warning
   * @param cap - values that become series, at least 1
   */
  constructor(
    private readonly subject: string,
    public cap: number,
  ) {}

  /** Values that there are. */
  get size(): number {
    return this.known.size;
  }

  /** Returns the value itself, or `_other` once there are too many. */
  apply(value: string): string {
    if (this.known.has(value)) return value;
    if (this.known.size < this.cap) {
      this.known.add(value);
      return value;
    }
    const { subject, cap } = this;
    warnOnce(subject, `${subject} more than ${cap} values; further ones are recorded as ${OTHER}`);
    return OTHER;
  }
}
