import { diag } from '@opentelemetry/api';

/** What stands for values past a cap, and for what is no text. */
export const OTHER = '_other';

/**
 * Keeps values of labels to a number the backend can bear: the SDK's own limit does not protect
 * memory.
 */
export class LabelGuard {
  private readonly admitted = new Set<string>();
  private warned = false;

  /**
   * @param subject what has the values, for the warning
   * @param cap values that become series, at least 1
   */
  constructor(
    private readonly subject: string,
    public cap: number,
  ) {}

  /** The value itself, or `_other` once there are too many. */
  admit(value: string): string {
    if (this.admitted.has(value)) return value;
    if (this.admitted.size < this.cap) {
      this.admitted.add(value);
      return value;
    }
    if (!this.warned) {
      this.warned = true;
      diag.warn(`${this.subject} more than ${this.cap} values; further ones are recorded as ${OTHER}`);
    }
    return OTHER;
  }
}
