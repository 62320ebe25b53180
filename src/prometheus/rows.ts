import type { Attributes, AttributeValue } from '@opentelemetry/api';
import type { Family, Source } from './families';
import { type Labels, labelsOf } from './labels';

/** The labels of one series, kept between scrapes, with the attributes that they were made of. */
interface Row {
  readonly keys: readonly string[];
  readonly values: ReadonlyArray<AttributeValue | undefined>;
  readonly labels: Labels;
}

/** The series of one metric in the order in which the SDK gives them, which seldom changes. */
export class Rows {
  private readonly rows: Row[] = [];

  constructor(private readonly isHistogram: boolean) {}

  /** Forgets series that are gone. */
  shrinkTo(length: number): void {
    if (this.rows.length > length) this.rows.length = length;
  }

  /** The labels of the series at a place. They are made anew if another series is there now. */
  labelsAt(place: number, attributes: Attributes): Labels {
    const known = this.rows[place];
    if (known !== undefined && isMadeOf(known, attributes)) return known.labels;
    const labels = labelsOf(attributes, this.isHistogram);
    this.rows[place] = { keys: Object.keys(attributes), values: Object.values(attributes), labels };
    return labels;
  }
}

/** Compares contents: applications may change the object of an observable instrument. */
function isMadeOf({ keys, values }: Row, attributes: Attributes): boolean {
  let index = 0;
  for (const key in attributes) {
    const value = attributes[key];
    // Of an array, only the object could be compared.
    if (keys[index] !== key || values[index] !== value || typeof value === 'object') return false;
    index++;
  }
  return index === keys.length;
}

/** The rows of all metrics of the last scrape. */
export class RowCache {
  private kept = new Map<string, Rows>();

  /** The rows of these metrics. Those of all others are forgotten. */
  rowsOf(families: readonly Family[]): ReadonlyMap<Source, Rows> {
    const before = this.kept;
    this.kept = new Map();
    const found = new Map<Source, Rows>();
    for (const { name, type, sources } of families) {
      for (const [place, source] of sources.entries()) {
        const key = `${type} ${name} ${place} ${source.scope}`;
        const rows = before.get(key) ?? new Rows(type === 'histogram');
        this.kept.set(key, rows);
        found.set(source, rows);
      }
    }
    return found;
  }
}
