// The runtime under load: round trips of events with 1,000 sessions.
import { Load, quantile, type Script } from '../vango/test/support/load';
import { loadPage } from '../vango/test/support/wireClient';
import { type Budget, median } from './budget';
import { ShopServer } from './shopServer';

const SESSIONS = 1000;
/** Each run has its own server. The median counts, since other processes may disturb a run. */
const RUNS = 3;
const SECONDS = 12;
const WARM_UP_SECONDS = 4;

/** What docs/performance.md recommends for many sessions. */
const LARGE_YOUNG_GENERATION = ['--max-semi-space-size=64'];

interface Case {
  readonly eventsPerSecond: number;
  readonly flags: readonly string[];
}

const CASES: readonly Case[] = [
  { eventsPerSecond: 2000, flags: [] },
  { eventsPerSecond: 2000, flags: LARGE_YOUNG_GENERATION },
  { eventsPerSecond: 5000, flags: [] },
];

/** Events of a session that each find something else, so that each is answered. */
export const searches =
  (hid: string): Script =>
  round => ({ type: 'Input', hid, data: round % 2 ? 'cup' : 'kettle' });

export async function runtime(): Promise<Budget[]> {
  const budgets: Budget[] = [];
  for (const each of CASES) {
    const name = [`${each.eventsPerSecond} events/s`, ...each.flags].join(' ');
    const runs: RoundTrips[] = [];
    while (runs.length < RUNS) runs.push(await measure(each));
    console.log(`${SESSIONS} sessions, ${name}`);
    console.table(runs.map(rowOf));
    budgets.push({
      what: `round trip p99, ${SESSIONS} sessions, ${name}`,
      measured: median(runs.map(({ samples }) => quantile(samples, 0.99))),
      allowed: 10,
      unit: 'ms',
    });
  }
  return budgets;
}

/** Measurements of one server. */
interface RoundTrips {
  /** Milliseconds until each event was answered, in ascending order. */
  readonly samples: Float64Array;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

async function measure({ eventsPerSecond, flags }: Case): Promise<RoundTrips> {
  const server = await ShopServer.start(undefined, {}, flags);
  const page = await loadPage(server.origin, '/');
  const script = searches(page.hid('search'));
  const load = await Load.open(page.socketUrl, SESSIONS);
  await load.run(script, eventsPerSecond, WARM_UP_SECONDS);
  const before = await server.cpu();
  const startedAt = performance.now();
  const samples = await load.run(script, eventsPerSecond, SECONDS);
  const seconds = (performance.now() - startedAt) / 1000;
  const after = await server.cpu();
  load.close();
  await server.stop();
  return { samples, seconds, cpuSeconds: after - before };
}

function rowOf({ samples, seconds, cpuSeconds }: RoundTrips): Record<string, string> {
  return {
    'events/s': String(Math.round(samples.length / seconds)),
    p50: `${quantile(samples, 0.5).toFixed(2)} ms`,
    p99: `${quantile(samples, 0.99).toFixed(2)} ms`,
    'p99.9': `${quantile(samples, 0.999).toFixed(2)} ms`,
    'CPU of the server': `${Math.round((cpuSeconds / seconds) * 100)} %`,
  };
}
