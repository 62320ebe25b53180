// Events per second the shop's front page handles over real WebSockets, with telemetry as in production and without, in turns.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Load } from '../vango/test/support/load';
import { loadPage } from '../vango/test/support/wireClient';
import { type Budget, median } from './budget';
import { searches } from './runtime';
import { ShopServer } from './shopServer';

const SESSIONS = 100;
const ROUNDS = 15;
const SECONDS = 2;

interface Side {
  readonly server: ShopServer;
  readonly rates: number[];
  /** Microseconds of the server's CPU time an event took, by round. */
  readonly costs: number[];
  round(): Promise<void>;
}

export async function throughput(): Promise<Budget[]> {
  const collector = createServer((request, response) => request.resume().on('end', () => response.end('{}')));
  await new Promise<void>(resolve => collector.listen(0, '127.0.0.1', resolve));
  const { port } = collector.address() as AddressInfo;
  const bare = await makeSide();
  const observed = await makeSide({
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.1',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `http://127.0.0.1:${port}/v1/traces`,
  });
  for (let round = 0; round < ROUNDS; round++) {
    await bare.round();
    await observed.round();
  }
  await Promise.all([bare.server.stop(), observed.server.stop()]);
  collector.close();
  const row = ({ rates, costs }: Side): object => ({
    'events/s': Math.round(median(rates)),
    'CPU per event': `${median(costs).toFixed(1)} µs`,
  });
  console.table({ 'without telemetry': row(bare), 'metrics and 10 % of traces': row(observed) });
  const ratio = (of: 'rates' | 'costs'): number =>
    median(observed[of].map((value, round) => value / (bare[of][round] as number)));
  return [
    {
      what: 'throughput, metrics and 10 % of traces / none',
      measured: ratio('rates'),
      allowed: 0.95,
      atLeast: true,
    },
  ];
}

async function makeSide(telemetry?: Record<string, string>): Promise<Side> {
  const server = await ShopServer.start(telemetry);
  const page = await loadPage(server.origin, '/');
  const load = await Load.open(page.socketUrl, SESSIONS);
  const script = searches(page.hid('search'));
  await load.saturate(script, SECONDS);
  const side: Side = {
    server,
    rates: [],
    costs: [],
    async round() {
      const before = await server.usage();
      const answered = await load.saturate(script, SECONDS);
      const after = await server.usage();
      side.rates.push(answered / SECONDS);
      side.costs.push(((after.cpu - before.cpu) * 1e6) / answered);
    },
  };
  return side;
}
