import {
  CATALOGUE,
  type CounterId,
  type GaugeId,
  type HistogramId,
  type MetricId,
} from '../metrics/catalogue';
import type { MonitoringOptions } from './options';

type LabelsOf<I extends MetricId> = (typeof CATALOGUE)[I]['labels'][number];
/** The labels of a metric. One that the catalogue does not have does not compile. */
type LabelOf<I extends MetricId> = LabelsOf<I>['name'];
/** What a label past its cap, or of an SDK past its limit, has for a value. */
type Other = '_other';
type ValueOf<I extends MetricId, L> =
  | (Extract<LabelsOf<I>, { name: L }> extends { values: ReadonlyArray<infer V> } ? V : string)
  | Other;

/** One value, some, all but some, or those chosen by a variable of the dashboard. */
type Matcher<V> = V | readonly V[] | { readonly not: readonly V[] } | { readonly variable: string };
type Where<I extends MetricId> = { readonly [L in LabelOf<I>]?: Matcher<ValueOf<I, L>> };
/** Label values of one series. */
export type Values<I extends MetricId> = { readonly [L in LabelOf<I>]: ValueOf<I, L> };

/** Which series of a metric are asked for, and by which labels they are grouped. */
export interface Choice<I extends MetricId> {
  readonly by?: ReadonlyArray<LabelOf<I> | 'instance'>;
  readonly where?: Where<I>;
}

/** What ends the name of a series. */
type Part = '' | '_bucket' | '_count' | '_sum';

/** What all names of an application's metrics begin with. */
function prefixOf({ namespace, subsystem }: MonitoringOptions): string {
  // An exporter writes several underscores as one.
  return (subsystem === '' ? namespace : `${namespace}_${subsystem}`)
    .replace(/_+/g, '_')
    .replace(/_$/, '');
}

/** Writes expressions about metrics of the catalogue, all within the same scope. */
export class Promql {
  readonly prefix: string;

  /**
   * @param scope - Matchers that all selectors have.
   * @param groups - Labels that all results have.
   */
  constructor(
    options: MonitoringOptions,
    private readonly scope: readonly string[],
    private readonly groups: readonly string[],
  ) {
    this.prefix = prefixOf(options);
  }

  /** The name of a metric in Prometheus. */
  name(id: MetricId): string {
    return CATALOGUE[id].prometheusName.replace(/^vango/, this.prefix);
  }

  /** A selector of a metric that is not of the catalogue. */
  foreign(name: string, ...matchers: readonly string[]): string {
    const all = [...this.scope, ...matchers];
    return all.length === 0 ? name : `${name}{${all.join(',')}}`;
  }

  /** A selector of series. */
  select<I extends MetricId>(id: I, where: Where<I> = {}, part: Part = ''): string {
    return this.foreign(this.name(id) + part, ...matchersOf(where));
  }

  sum<I extends GaugeId>(id: I, { by = [], where = {} }: Choice<I> = {}): string {
    return this.group('sum', by, this.select(id, where));
  }

  rate<I extends CounterId>(id: I, window: string, choice: Choice<I> = {}): string {
    return this.changed(id, '', 'rate', window, choice);
  }

  increase<I extends CounterId>(id: I, window: string, choice: Choice<I> = {}): string {
    return this.changed(id, '', 'increase', window, choice);
  }

  /** How much of a histogram was observed: how often, or the sum of the values. */
  observed<I extends HistogramId>(
    id: I,
    part: '_count' | '_sum',
    change: 'rate' | 'increase',
    window: string,
    choice: Choice<I> = {},
  ): string {
    return this.changed(id, part, change, window, choice);
  }

  /**
   * The increase of a counter, or of how often a histogram was observed, that sees the first value
   * of a series as well: it may be counted before the first scrape.
   */
  added<I extends MetricId>(
    id: I,
    window: string,
    { by = [], where = {} }: Choice<I> = {},
    part: Part = '',
  ): string {
    const series = this.select(id, where, part);
    const grown = `increase(${series}[${window}]) > 0`;
    return this.group('sum', by, `${grown} or (${series} > 0 unless ${series} offset ${window})`);
  }

  quantile<I extends HistogramId>(
    quantile: number,
    id: I,
    window: string,
    choice: Choice<I> = {},
  ): string {
    return `histogram_quantile(${quantile}, ${this.buckets(id, 'rate', window, choice)})`;
  }

  buckets<I extends HistogramId>(
    id: I,
    change: 'rate' | 'increase',
    window: string,
    { by = [], where = {} }: Choice<I> = {},
  ): string {
    const series = this.select(id, where, '_bucket');
    return this.group('sum', [...by, 'le'], `${change}(${series}[${window}])`);
  }

  /** The mean of what a histogram observed. */
  mean<I extends HistogramId>(id: I, window: string, choice: Choice<I> = {}): string {
    const sum = this.observed(id, '_sum', 'rate', window, choice);
    return `${sum} / ${this.observed(id, '_count', 'rate', window, choice)}`;
  }

  /** The sessions of each instance, connected or not. */
  sessions(): string {
    const each = { by: ['instance'] } as const;
    return `(${this.sum('sessionsActive', each)} + ${this.sum('sessionsDetached', each)})`;
  }

  /** How often a histogram observed a value of at most a bound. */
  within<I extends HistogramId>(
    id: I,
    bound: number,
    change: 'rate' | 'increase',
    window: string,
    { by = [], where = {} }: Choice<I> = {},
  ): string {
    // OpenMetrics writes 1.0 where the text format writes 1.
    const le = Number.isInteger(bound) ? `le=~"${bound}(\\\\.0)?"` : `le="${bound}"`;
    const name = `${this.name(id)}_bucket`;
    const series = this.foreign(name, ...matchersOf(where), le);
    return this.group('sum', by, `${change}(${series}[${window}])`);
  }

  private changed<I extends MetricId>(
    id: I,
    part: Part,
    change: 'rate' | 'increase',
    window: string,
    { by = [], where = {} }: Choice<I>,
  ): string {
    return this.group('sum', by, `${change}(${this.select(id, where, part)}[${window}])`);
  }

  /** Aggregates an expression by labels, those that all results have included. */
  group(aggregate: string, by: readonly string[], expression: string): string {
    const labels = [...this.groups, ...by];
    return labels.length === 0
      ? `${aggregate}(${expression})`
      : `${aggregate} by (${labels.join(', ')}) (${expression})`;
  }
}

function matchersOf(where: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(where as Record<string, Matcher<string>>).map(([label, matcher]) => {
    if (typeof matcher === 'string') return `${label}="${matcher}"`;
    if ('variable' in matcher) return `${label}=~"$${matcher.variable}"`;
    return 'not' in matcher
      ? `${label}!~"${matcher.not.join('|')}"`
      : `${label}=~"${matcher.join('|')}"`;
  });
}
