// What the live view costs: round trips of events with 1,000 sessions, without it, with it while
// nobody looks, and with a page open. Three servers take turns, so that a busy machine slows all of
// them alike.
import { LiveClient } from '../test/support/liveClient';
import { Load, quantile } from '../vango/test/support/load';
import { loadPage } from '../vango/test/support/wireClient';
import { type Budget, median } from './budget';
import { searches } from './runtime';
import { ShopServer } from './shopServer';

const SESSIONS = 1000;
const EVENTS_PER_SECOND = 2000;
const ROUNDS = 24;
/** Of each server in each round. */
const SECONDS = 2;
const WARM_UP_SECONDS = 3;
const REGISTER = '@vango/opentelemetry/register';
/** What a page shows that costs most: events of all sessions, and the memory of each. */
const TOPICS = ['overview/minute', 'sessions/memory'];

const WAYS = ['without it', 'nobody looks', 'a page is open'] as const;
type Way = (typeof WAYS)[number];

export async function live(): Promise<Budget[]> {
  const served = new Map<Way, Served>();
  for (const way of WAYS) served.set(way, await Served.start(way));
  const p99 = new Map<Way, number[]>(WAYS.map(way => [way, []]));
  for (let round = 0; round < ROUNDS; round++) {
    // Each way is first in turn.
    const first = round % WAYS.length;
    for (const way of [...WAYS.slice(first), ...WAYS.slice(0, first)])
      p99.get(way)?.push(quantile(await (served.get(way) as Served).run(SECONDS), 0.99));
  }
  const heap = new Map<Way, number>();
  for (const [way, { server }] of served) heap.set(way, (await server.memory()).heap);
  for (const [, { stop }] of served) await stop();
  console.log(`${SESSIONS} sessions, ${EVENTS_PER_SECOND} events/s, with and without a live view`);
  const p99Of = (way: Way): number[] => p99.get(way) as number[];
  const heapOf = (way: Way): number => heap.get(way) as number;
  console.table(
    WAYS.map(way => ({
      'live view': way,
      p99: `${median(p99Of(way)).toFixed(2)} ms`,
      heap: `${(heapOf(way) / 1e6).toFixed(2)} MB`,
    })),
  );
  /** The median of what is added over all rounds. */
  const added = (way: Way, to: Way): number =>
    median(p99Of(way).map((time, round) => time - (p99Of(to)[round] as number)));
  return [
    {
      what: 'live view: p99 of events added while nobody looks',
      measured: added('nobody looks', 'without it'),
      allowed: 0.5,
      unit: 'ms',
    },
    {
      what: 'live view: p99 of events added with a page open',
      measured: added('a page is open', 'nobody looks'),
      allowed: 1,
      unit: 'ms',
    },
    {
      what: 'live view: heap added while nobody looks',
      measured: (heapOf('nobody looks') - heapOf('without it')) / 1024,
      allowed: 600,
      unit: 'KiB',
    },
  ];
}

/** A server with its sessions, whose events are the load. */
class Served {
  private constructor(
    readonly server: ShopServer,
    /** Sends events for some seconds, and returns their round trips. */
    readonly run: (seconds: number) => Promise<Float64Array>,
    readonly stop: () => Promise<void>,
  ) {}

  static async start(way: Way): Promise<Served> {
    const env = { OTEL_INSTRUMENTATION_VANGO_LIVE_VIEW: `${way !== 'without it'}` };
    const server = await ShopServer.start(REGISTER, env);
    const page = await loadPage(server.origin, '/');
    const script = searches(page.hid('search'));
    const load = await Load.open(page.socketUrl, SESSIONS);
    const run = (seconds: number): Promise<Float64Array> =>
      load.run(script, EVENTS_PER_SECOND, seconds);
    await run(WARM_UP_SECONDS);
    const views: Array<LiveClient<unknown>> = [];
    if (way === 'a page is open') {
      const url = await server.liveView();
      views.push(...(await Promise.all(TOPICS.map(topic => LiveClient.open(url, topic)))));
    }
    const stop = async (): Promise<void> => {
      for (const view of views) view.close();
      load.close();
      await server.stop();
    };
    return new Served(server, run, stop);
  }
}
