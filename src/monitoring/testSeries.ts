import type { MetricId } from '../metrics/catalogue';
import type { Promql, Values } from './promql';

/** Where all series of tests come from, but for the instance. */
export const SHOP = { job: 'shop' } as const;
/** The labels of an alert about one of its instances. */
export const INSTANCE = { ...SHOP, instance: 'shop:9464' } as const;

/** Writes a selector of one series, with the labels that a scrape adds. */
export type SeriesOf = <I extends MetricId>(
  id: I,
  labels: Values<I>,
  part?: '' | '_bucket' | '_count' | '_sum',
  bound?: number | '+Inf',
) => string;

export function seriesOf(rules: Promql): SeriesOf {
  return (id, labels, part = '', bound) =>
    otherSeries(rules.name(id) + part, {
      ...labels,
      ...(bound !== undefined && { le: String(bound) }),
    });
}

/** The same of a metric that is not of the catalogue. */
export function otherSeries(name: string, labels: Readonly<Record<string, string>> = {}): string {
  const all = Object.entries({ ...INSTANCE, ...labels });
  return `${name}{${all.map(([label, value]) => `${label}="${value}"`).join(',')}}`;
}
