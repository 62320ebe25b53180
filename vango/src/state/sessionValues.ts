import { isDeepStrictEqual } from 'node:util';
import type { PersistRejectReason } from '../metrics';
import type { NamedValues } from '../reactive/scope';
import { type TypeTag, typeOf } from './schema';

/** A value as it is stored. */
export interface StoredValue {
  readonly type: TypeTag;
  readonly value: unknown;
}

/** The values of a session, and what to report about them. */
export interface Collected {
  readonly values: Record<string, StoredValue>;
  /** Bytes by stable id. */
  readonly accepted: Array<[id: string, bytes: number]>;
  readonly rejected: Array<[id: string, reason: PersistRejectReason]>;
}

/** Bytes of one value at most. */
const MAX_SIGNAL_BYTES = 64 * 1024;

/** The persisted values of one session: those in use, and stored ones that are not used yet. */
export class SessionValues implements NamedValues {
  private readonly signals = new Map<string, { peek(): unknown }>();
  private stored: ReadonlyMap<string, StoredValue> = new Map();

  /** Takes the values of a stored session. */
  refill(values: Readonly<Record<string, StoredValue>>): void {
    this.stored = new Map(Object.entries(values));
  }

  restore(id: string): StoredValue | undefined {
    return this.stored.get(id);
  }

  add(id: string, signal: { peek(): unknown }): void {
    this.signals.set(id, signal);
  }

  /** The ids of the values in use, stored or not. */
  get ids(): Iterable<string> {
    return this.signals.keys();
  }

  /** Collects the values to store. Values that cannot be stored are left out. */
  collect(): Collected {
    const collected: Collected = { values: {}, accepted: [], rejected: [] };
    for (const [id, value] of this.stored) if (!this.signals.has(id)) collected.values[id] = value;
    for (const [id, signal] of this.signals) {
      const value = signal.peek();
      const outcome = measure(value);
      if (typeof outcome === 'string') collected.rejected.push([id, outcome]);
      else {
        collected.accepted.push([id, outcome]);
        collected.values[id] = { type: typeOf(id), value };
      }
    }
    return collected;
  }
}

/** The bytes of a value, or why it cannot be stored. */
function measure(value: unknown): number | PersistRejectReason {
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
    // A value must come back as it was: dates, maps and functions do not.
    if (json === undefined || !isDeepStrictEqual(JSON.parse(json), value))
      return 'not_serializable';
  } catch {
    return 'not_serializable';
  }
  const bytes = Buffer.byteLength(json);
  return bytes > MAX_SIGNAL_BYTES ? 'signal_too_large' : bytes;
}
