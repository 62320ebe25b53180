// Measures the time from the start of a process until the shop listens: with zero-code
// instrumentation, and with the SDK and a Prometheus exporter started by hand. They take turns.
import { join } from 'node:path';
import { type Budget, median } from '../budget';
import { ShopServer } from '../shopServer';

const ROUNDS = 25;
const ENV = { OTEL_TRACES_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };

const PRELOADS = {
  'without telemetry': undefined,
  register: '@vango/opentelemetry/register',
  'by hand': join(__dirname, 'byHand.cjs'),
} as const;
type Way = keyof typeof PRELOADS;

export async function startup(): Promise<Budget[]> {
  const ways = Object.keys(PRELOADS) as Way[];
  const times = new Map(ways.map((way): [Way, number[]] => [way, []]));
  // The first round fills the caches of the file system.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const way of round % 2 === 0 ? ways : ways.toReversed()) {
      const startedAt = performance.now();
      const server = await ShopServer.start(PRELOADS[way], ENV);
      if (round > 0) times.get(way)?.push(performance.now() - startedAt);
      await server.stop();
    }
  }
  const of = (way: Way): number[] => times.get(way) as number[];
  console.table(ways.map(way => ({ way, start: `${Math.round(median(of(way)))} ms` })));
  return [
    {
      what: 'start with register / with an SDK by hand',
      measured: median(
        of('register').map((time, round) => time / (of('by hand')[round] as number)),
      ),
      allowed: 1.05,
    },
  ];
}
