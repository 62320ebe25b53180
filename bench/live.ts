// What the live view costs: round trips of events with 1,000 sessions, without it, with it while
// nobody looks, and with a page open.
import { LiveClient } from '../test/support/liveClient';
import { Load, quantile } from '../vango/test/support/load';
import { loadPage } from '../vango/test/support/wireClient';
import { type Budget, median } from './budget';
import { searches } from './runtime';
import { ShopServer } from './shopServer';

const SESSIONS = 1000;
const EVENTS_PER_SECOND = 2000;
/** Pairs of servers, one without a live view and one with it. The median of differences counts. */
const PAIRS = 3;
const SECONDS = 8;
const WARM_UP_SECONDS = 3;
const REGISTER = '@vango/opentelemetry/register';
/** What a page shows that costs most: each session is measured. */
const TOPICS = ['overview/minute', 'sessions/memory'];

/** The 99th percentile in milliseconds, and the bytes of the heap after it. */
interface Measured {
  readonly p99: number;
  readonly heap: number;
}

interface Pair {
  readonly without: Measured;
  readonly unseen: Measured;
  readonly seen: Measured;
}

export async function live(): Promise<Budget[]> {
  const pairs: Pair[] = [];
  while (pairs.length < PAIRS) {
    const [without] = await measure(false);
    const [unseen, seen] = await measure(true);
    pairs.push({ without, unseen, seen } as Pair);
  }
  console.log(`${SESSIONS} sessions, ${EVENTS_PER_SECOND} events/s, with and without a live view`);
  console.table(
    pairs.map(({ without, unseen, seen }) => ({
      'p99 without it': `${without.p99.toFixed(2)} ms`,
      'p99, nobody looks': `${unseen.p99.toFixed(2)} ms`,
      'p99, a page open': `${seen.p99.toFixed(2)} ms`,
      'heap without it': `${(without.heap / 1e6).toFixed(2)} MB`,
      'heap, nobody looks': `${(unseen.heap / 1e6).toFixed(2)} MB`,
      'heap, a page open': `${(seen.heap / 1e6).toFixed(2)} MB`,
    })),
  );
  return [
    {
      what: 'live view: p99 of events added while nobody looks',
      measured: median(pairs.map(({ without, unseen }) => unseen.p99 - without.p99)),
      allowed: 0.5,
      unit: 'ms',
    },
    {
      what: 'live view: p99 of events added with a page open',
      measured: median(pairs.map(({ unseen, seen }) => seen.p99 - unseen.p99)),
      allowed: 1,
      unit: 'ms',
    },
    {
      what: 'live view: heap added while nobody looks',
      measured: median(pairs.map(({ without, unseen }) => unseen.heap - without.heap)) / 1024,
      allowed: 600,
      unit: 'KiB',
    },
  ];
}

/** Measures a server, and once more with a page open where it has a live view. */
async function measure(hasLiveView: boolean): Promise<Measured[]> {
  const env = { OTEL_INSTRUMENTATION_VANGO_LIVE_VIEW: `${hasLiveView}` };
  const server = await ShopServer.start(REGISTER, env);
  const page = await loadPage(server.origin, '/');
  const script = searches(page.hid('search'));
  const load = await Load.open(page.socketUrl, SESSIONS);
  await load.run(script, EVENTS_PER_SECOND, WARM_UP_SECONDS);
  const take = async (): Promise<Measured> => {
    const samples = await load.run(script, EVENTS_PER_SECOND, SECONDS);
    return { p99: quantile(samples, 0.99), heap: (await server.memory()).heap };
  };
  const measured = [await take()];
  if (hasLiveView) {
    const url = await server.liveView();
    const views = await Promise.all(TOPICS.map(topic => LiveClient.open(url, topic)));
    await load.run(script, EVENTS_PER_SECOND, WARM_UP_SECONDS);
    measured.push(await take());
    for (const view of views) view.close();
  }
  load.close();
  await server.stop();
  return measured;
}
