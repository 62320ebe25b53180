// Draws rows of the dashboard from some minutes of the shop: npm run picture
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { kitOf } from '../../src/monitoring/kit';
import { DEFAULTS } from '../../src/monitoring/options';
import { rows } from '../../src/monitoring/panels';
import type { Panel, Query } from '../../src/monitoring/panels/panel';
import { substituted } from '../../test/support/monitoring';
import { loadPage, WireClient } from '../../vango/test/support/wireClient';
import { type DrawnPanel, drawDashboard, type Line } from './draw';
import { type Stack, signalled, startStack } from './stack';
import { Traffic } from './traffic';

const FILE = resolve(__dirname, '../../docs/dashboard.svg');
/** Rows that are drawn. */
const ROWS = ['Overview', 'Events', 'What users feel'];
/** Minutes of ordinary traffic, and then with failures, and ordinary again. */
const MINUTES = { before: 4, failing: 2, after: 2 };
const SECONDS = 60 * (MINUTES.before + MINUTES.failing + MINUTES.after);
const STEP = 10;
/** What Grafana computes rates over, for this step. */
const RATE_INTERVAL = '1m';

type Series = { readonly metric: Record<string, string>; readonly values: Array<[number, string]> };

async function main(): Promise<void> {
  const ended = signalled();
  const stack = await startStack();
  await Promise.race([draw(stack), ended]).finally(() => stack.stop());
  process.exit();
}

async function draw(stack: Stack): Promise<void> {
  const traffic = new Traffic(stack.shop);
  await setTimeout(60_000 * MINUTES.before);
  await fail(stack.shop, Date.now() + 60_000 * MINUTES.failing);
  await setTimeout(60_000 * MINUTES.after);
  const chosen = rows(kitOf(DEFAULTS)).filter(({ title }) => ROWS.includes(title));
  const drawn = await Promise.all(
    chosen.map(async ({ title, panels }) => ({
      title,
      panels: await Promise.all(panels.map(panel => ask(stack.prometheus, panel))),
    })),
  );
  await traffic.stop();
  writeFileSync(FILE, drawDashboard(drawn));
  console.log(FILE);
}

/** Clicks the button that throws, about once a second. */
async function fail(origin: string, until: number): Promise<void> {
  const { socketUrl, hid } = await loadPage(origin, '/faults');
  const client = await WireClient.connect(socketUrl);
  while (Date.now() < until) {
    client.event('Click', hid('failure'));
    await client.settled();
    await setTimeout(1000);
  }
  await client.close();
}

/** Asks Prometheus what a panel shows. */
async function ask(origin: string, panel: Panel): Promise<DrawnPanel> {
  switch (panel.kind) {
    case 'alertlist':
      return { panel, lines: await alerts(origin) };
    case 'timeseries':
      return { panel, lines: (await Promise.all(panel.queries.map(q => range(origin, q)))).flat() };
    case 'table':
      return { panel, lines: await columns(origin, panel.label, panel.columns) };
    case 'heatmap': {
      const lines = await range(origin, panel.query);
      return { panel, lines: lines.sort((a, b) => bound(a) - bound(b)) };
    }
    default:
      return { panel, lines: await range(origin, panel.query) };
  }
}

async function range(origin: string, { expr, legend }: Query): Promise<Line[]> {
  const end = Math.floor(Date.now() / 1000);
  const start = end - SECONDS;
  const series = await query(origin, 'query_range', expr, { start, end, step: STEP });
  return series.map(({ metric, values }) => ({
    name: legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label) => metric[label] ?? '').trim(),
    values: Array.from({ length: SECONDS / STEP + 1 }, (_, index) => {
      const [, value] = values.find(([time]) => time === start + index * STEP) ?? [];
      const number = Number(value ?? Number.NaN);
      return Number.isFinite(number) ? number : null;
    }),
  }));
}

/** A line for each value of a label, with a value for each column. */
async function columns(
  origin: string,
  label: string,
  asked: ReadonlyArray<{ readonly expr: string }>,
): Promise<Line[]> {
  const end = Math.floor(Date.now() / 1000);
  const answers = await Promise.all(
    asked.map(({ expr }) => query(origin, 'query_range', expr, { start: end, end, step: STEP })),
  );
  const names = answers[0]?.map(({ metric }) => metric[label] ?? '') ?? [];
  return names.map(name => ({
    name,
    values: answers.map(series => {
      const [, value] = series.find(({ metric }) => metric[label] === name)?.values[0] ?? [];
      return value === undefined ? null : Number(value);
    }),
  }));
}

async function alerts(origin: string): Promise<Line[]> {
  const response = await fetch(`${origin}/api/v1/alerts`);
  const { data } = (await response.json()) as {
    data: { alerts: Array<{ labels: Record<string, string>; state: string; activeAt: string }> };
  };
  return data.alerts.map(({ labels, state, activeAt }) => ({
    name: `${labels.alertname} (${state})`,
    values: [Math.round((Date.now() - Date.parse(activeAt)) / 1000)],
  }));
}

async function query(
  origin: string,
  kind: string,
  expr: string,
  times: Readonly<Record<string, number>>,
): Promise<Series[]> {
  const query = substituted(expr, RATE_INTERVAL, `${SECONDS}s`);
  const parameters = new URLSearchParams({ query });
  for (const [name, value] of Object.entries(times)) parameters.set(name, String(value));
  const response = await fetch(`${origin}/api/v1/${kind}?${parameters}`);
  const { data, error } = (await response.json()) as { data: { result: Series[] }; error?: string };
  if (error !== undefined) throw new Error(`${query}: ${error}`);
  return data.result;
}

function bound({ name }: Line): number {
  return name === '+Inf' ? Number.POSITIVE_INFINITY : Number(name);
}

void main();
