// The runtime under load: round trips of events with 1,000 sessions at 2,000 events/s.
import { Load, quantile, type Script } from '../vango/test/support/load';
import { loadPage } from '../vango/test/support/wireClient';
import type { Budget } from './budget';
import { ShopServer } from './shopServer';

const SESSIONS = 1000;
const EVENTS_PER_SECOND = 2000;
const SECONDS = 24;
const WARM_UP_SECONDS = 4;

/** What Node.js does by itself, and what the README recommends for many sessions. */
const YOUNG_GENERATIONS: Record<string, readonly string[]> = {
  "Node.js's own young generation": [],
  'young generation of 64 MiB': ['--max-semi-space-size=64'],
};

/** Each event of a session finds something else, so that each is answered. */
export const searches =
  (hid: string): Script =>
  round => ({ type: 'Input', hid, data: round % 2 ? 'cup' : 'kettle' });

export async function runtime(): Promise<Budget[]> {
  const budgets: Budget[] = [];
  for (const [name, flags] of Object.entries(YOUNG_GENERATIONS)) {
    budgets.push({
      what: `round trip p99, 1,000 sessions, 2,000 events/s, ${name}`,
      measured: await roundTrip(name, flags),
      allowed: 10,
      unit: 'ms',
    });
  }
  return budgets;
}

/** @returns the 99th percentile in milliseconds */
async function roundTrip(name: string, flags: readonly string[]): Promise<number> {
  const server = await ShopServer.start(undefined, {}, flags);
  const page = await loadPage(server.origin, '/');
  const script = searches(page.hid('search'));
  const load = await Load.open(page.socketUrl, SESSIONS);
  await load.run(script, EVENTS_PER_SECOND, WARM_UP_SECONDS);
  const before = await server.cpu();
  const startedAt = performance.now();
  const samples = await load.run(script, EVENTS_PER_SECOND, SECONDS);
  const seconds = (performance.now() - startedAt) / 1000;
  const after = await server.cpu();
  load.close();
  await server.stop();
  const p99 = quantile(samples, 0.99);
  console.log(`${SESSIONS} sessions, ${name}`);
  console.table({
    'events/s': Math.round(samples.length / seconds),
    'round trip p50': `${quantile(samples, 0.5).toFixed(2)} ms`,
    'round trip p99': `${p99.toFixed(2)} ms`,
    'round trip p99.9': `${quantile(samples, 0.999).toFixed(2)} ms`,
    'CPU of the server': `${Math.round(((after - before) / seconds) * 100)} %`,
  });
  return p99;
}
