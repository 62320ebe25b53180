import type { Attributes } from '@opentelemetry/api';
import { warnOnce } from '../messages';
import { type CardinalityLimit, OTHER } from './cardinalityLimit';
import type { LabelDefinition, MetricDefinition, MetricId } from './catalogue';
import type { Exemplars } from './exemplars';

/**
 * One series: its label values, its attributes (built once), and how much of its total has been
 * passed to OpenTelemetry.
 */
export interface Series {
  readonly metric: MetricId;
  readonly values: readonly string[];
  attributes: Attributes;
  /** What a counter has counted. */
  total: number;
  /** How much of that its instrument was given. */
  fed: number;
  /** The window in which this series was last recorded. */
  window: number;
  /** Once it has one. */
  exemplars: Exemplars | undefined;
}

/** The limits on label values. */
export interface LabelLimits {
  /** By label, for those with an open set of values. */
  readonly open: ReadonlyMap<string, CardinalityLimit>;
  /** For values of closed labels that somebody gave by hand. */
  readonly byHand: CardinalityLimit;
}

/**
 * Series of one metric that an SDK keeps apart unless its limit was raised; it merges further ones
 * into one.
 */
const SDK_LIMIT = 1999;

type Level = Map<string, Level | Series>;

/** All series of one metric, each found by its label values. */
export class SeriesTable {
  readonly all: Series[] = [];
  private readonly root: Level | Series;
  /** Series of known values and `_other` alone: there is always room for them. */
  private readonly reserved: number;
  private unreserved = 0;
  /** Values of the first label whose series were opened. */
  private readonly opened = new Set<unknown>();

  constructor(
    private readonly metric: MetricId,
    private readonly definition: MetricDefinition,
    private readonly limits: LabelLimits,
    private constLabels: Attributes,
  ) {
    const { labels, kind } = definition;
    this.reserved = labels.reduce((product, label) => product * (knownValues(label).length + 1), 1);
    this.root = labels.length === 0 ? this.newSeries([]) : new Map();
    // Series that are known beforehand exist from the start, so that the first failure is an
    // increase.
    if (kind === 'counter') this.openClosedSeries(labels, []);
  }

  /** The series of these label values, in the order of the definition. */
  of(first?: unknown, second?: unknown, third?: unknown): Series {
    const { root } = this;
    if (!(root instanceof Map)) return root;
    let at = root.get(first as string);
    if (at instanceof Map) at = at.get(second as string);
    if (at instanceof Map) at = at.get(third as string);
    return at === undefined || at instanceof Map ? this.add([first, second, third]) : at;
  }

  /**
   * Opens the series of a value of the first label, with all values of the others, at 0. They take
   * at most half of the room for series, so that those which count something find their own.
   *
   * @returns the series that are new
   */
  open(value: unknown): readonly Series[] {
    const [label, ...others] = this.definition.labels;
    if (label === undefined || this.opened.has(value)) return [];
    const limited = this.limited(label, value);
    if (this.opened.has(limited)) return [];
    this.opened.add(limited);
    if (this.unreserved > (this.limit - this.reserved) / 2) return [];
    const before = this.all.length;
    this.openClosedSeries(others, [limited]);
    return this.all.slice(before);
  }

  /** All series that have these attributes. A label that a view dropped may have any value. */
  matching(attributes: Attributes): Series[] {
    let levels: Array<Level | Series> = [this.root];
    for (const { name } of this.definition.labels) {
      const value = attributes[name];
      levels = levels.flatMap(level => {
        if (!(level instanceof Map)) return [];
        if (value === undefined) return [...level.values()];
        return level.get(value as string) ?? [];
      });
    }
    return levels.filter((level): level is Series => !(level instanceof Map));
  }

  /** Gives all series other constant labels. */
  relabel(constLabels: Attributes): void {
    this.constLabels = constLabels;
    for (const series of this.all) series.attributes = this.attributesOf(series.values);
  }

  /**
   * A metric with one open label may have as many series as that label has values, however many
   * somebody asked for.
   */
  private get limit(): number {
    const caps = this.definition.labels.map(({ name }) => this.limits.open.get(name)?.cap ?? 0);
    return Math.max(SDK_LIMIT, Math.max(...caps) + this.reserved);
  }

  private openClosedSeries(labels: readonly LabelDefinition[], values: string[]): void {
    const [label, ...rest] = labels;
    if (label === undefined) {
      if (values.length > 0) this.add(values);
    } else if ('values' in label) {
      for (const value of label.values) this.openClosedSeries(rest, [...values, value]);
    }
  }

  /** Adds a series for these values. Past a limit, finds the series that stands in for it. */
  private add(given: readonly unknown[]): Series {
    const { labels } = this.definition;
    const values = labels.map((label, index) => this.limited(label, given[index]));
    const known = this.find(values);
    if (known !== undefined) return known;
    const within = this.isReserved(values) ? values : this.withinLimit(values);
    return this.find(within) ?? this.make(within);
  }

  private find(values: readonly string[]): Series | undefined {
    let at: Level | Series | undefined = this.root;
    for (const value of values) at = (at as Level | undefined)?.get(value);
    return at as Series | undefined;
  }

  private make(values: readonly string[]): Series {
    let level = this.root as Level;
    for (const value of values.slice(0, -1)) {
      let next = level.get(value) as Level | undefined;
      if (next === undefined) {
        next = new Map();
        level.set(value, next);
      }
      level = next;
    }
    const series = this.newSeries(values);
    level.set(values.at(-1) as string, series);
    return series;
  }

  private limited(label: LabelDefinition, value: unknown): string {
    if (typeof value !== 'string' || value === '') return OTHER;
    if (knownValues(label).includes(value)) return value;
    const limit = 'values' in label ? this.limits.byHand : this.limits.open.get(label.name);
    return limit?.apply(value) ?? value;
  }

  private isReserved(values: readonly string[]): boolean {
    return this.definition.labels.every(
      (label, index) =>
        values[index] === OTHER || knownValues(label).includes(values[index] as string),
    );
  }

  /**
   * Values that get a series of their own while there is room; then all but known ones become
   * `_other`.
   */
  private withinLimit(values: readonly string[]): readonly string[] {
    const room = this.limit - this.reserved;
    if (this.unreserved < room) {
      this.unreserved++;
      return values;
    }
    const { labels, prometheusName } = this.definition;
    warnOnce(
      `the series of ${prometheusName}`,
      `the metric ${prometheusName} has ${this.limit} series; further ones are recorded with ` +
        `${OTHER} as ${openNames(labels) || 'its label'}`,
    );
    return labels.map((label, index) => {
      const value = values[index] as string;
      return knownValues(label).includes(value) ? value : OTHER;
    });
  }

  private newSeries(values: readonly string[]): Series {
    const series: Series = {
      metric: this.metric,
      values,
      attributes: this.attributesOf(values),
      total: 0,
      fed: 0,
      window: 0,
      exemplars: undefined,
    };
    this.all.push(series);
    return series;
  }

  private attributesOf(values: readonly string[]): Attributes {
    const attributes: Attributes = { ...this.constLabels };
    this.definition.labels.forEach(({ name }, index) => {
      attributes[name] = values[index];
    });
    return Object.freeze(attributes);
  }
}

function openNames(labels: readonly LabelDefinition[]): string {
  return labels
    .filter(label => 'open' in label)
    .map(({ name }) => name)
    .join();
}

function knownValues(label: LabelDefinition): readonly string[] {
  return 'values' in label ? label.values : [];
}
