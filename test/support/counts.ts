import type { Scrape } from './prometheus';

/** Counts by a key of words. */
export type Counts = Record<string, number>;

/** Adds to one of them. */
export const add = (counts: Counts, key: string, amount = 1): void => {
  counts[key] = (counts[key] ?? 0) + amount;
};
export const sum = (counts: Counts): number => Object.values(counts).reduce((a, b) => a + b, 0);

/** The same counts by fewer words. */
export function regroup(counts: Counts, key: (...words: string[]) => string | undefined): Counts {
  const regrouped: Counts = {};
  for (const [words, amount] of Object.entries(counts)) {
    const group = key(...words.split(' '));
    if (group !== undefined) add(regrouped, group, amount);
  }
  return regrouped;
}

/** What a metric has counted, by some of its labels; series at 0 are left out. */
export function counted(scraped: Scrape, name: string, ...by: string[]): Counts {
  const counts: Counts = {};
  for (const { labels, value } of scraped.series(name))
    if (value > 0) add(counts, by.map(label => labels[label]).join(' '), value);
  return counts;
}
