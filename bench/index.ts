// Measures all budgets in one run, and prints them in one table at the end: npm run bench
// With names of benchmarks it measures these alone: npm run bench dispatch
import { type Budget, rowOf } from './budget';
import { dispatch } from './dispatch';
import { live } from './live';
import { memory } from './memory';
import { profile } from './profile';
import { runtime } from './runtime';
import { scrape } from './scrape';
import { startup } from './startup';
import { throughput } from './throughput';

const SUITES: Record<string, () => Promise<Budget[]>> = {
  dispatch,
  profile,
  throughput,
  memory,
  runtime,
  live,
  scrape,
  startup,
};

async function main(names: string[]): Promise<void> {
  const unknown = names.find(name => !(name in SUITES));
  if (unknown !== undefined)
    throw new Error(`no benchmark ${unknown}; there are ${Object.keys(SUITES).join(', ')}`);
  const budgets: Budget[] = [];
  for (const [name, suite] of Object.entries(SUITES)) {
    if (names.length === 0 || names.includes(name)) budgets.push(...(await suite()));
  }
  if (budgets.length > 0) console.table(budgets.map(rowOf));
  process.exit(0);
}

void main(process.argv.slice(2));
