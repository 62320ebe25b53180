// Events per second the shop's front page handles over real WebSockets, with telemetry as in production and without, in turns.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Load, type Script } from '../vango/test/support/load';
import { loadPage } from '../vango/test/support/wireClient';
import { type Budget, median } from './budget';
import { searches } from './runtime';
import { ShopServer } from './shopServer';

const SESSIONS = 100;
/** Pairs of processes: what V8 makes of a process differs from start to start. */
const PAIRS = 3;
/** Until V8 has optimised all that events run through. */
const WARM_UP_SECONDS = 10;
const ROUNDS = 10;
const SECONDS = 1;

/** One server under load. */
interface Side {
  readonly server: ShopServer;
  readonly load: Load;
  readonly script: Script;
}

interface Measured {
  /** Events per second. */
  readonly rate: number;
  /** Microseconds of the server's CPU time. */
  readonly perEvent: number;
}

export async function throughput(): Promise<Budget[]> {
  const collector = createServer((request, response) => request.resume().on('end', () => response.end()));
  await new Promise<void>(resolve => collector.listen(0, '127.0.0.1', resolve));
  const { port } = collector.address() as AddressInfo;
  const telemetry = {
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.1',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `http://127.0.0.1:${port}/v1/traces`,
  };
  const bare: Measured[] = [];
  const observed: Measured[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    const sides = [
      [await open(), bare],
      [await open(telemetry), observed],
    ] as const;
    for (let round = 0; round < ROUNDS; round++) {
      for (const [side, measured] of round % 2 === 0 ? sides : sides.toReversed())
        measured.push(await measure(side));
    }
    for (const [{ server, load }] of sides) {
      load.close();
      await server.stop();
    }
  }
  collector.close();
  const row = (side: readonly Measured[]): object => ({
    'events/s': Math.round(median(side.map(({ rate }) => rate))),
    'CPU per event': `${median(side.map(({ perEvent }) => perEvent)).toFixed(1)} µs`,
  });
  console.table({ 'without telemetry': row(bare), 'metrics and 10 % of traces': row(observed) });
  return [
    {
      what: 'throughput, metrics and 10 % of traces / none',
      measured: median(observed.map(({ rate }, round) => rate / (bare[round] as Measured).rate)),
      allowed: 0.95,
      atLeast: true,
    },
  ];
}

async function open(telemetry?: Record<string, string>): Promise<Side> {
  const server = await ShopServer.start(telemetry);
  const page = await loadPage(server.origin, '/');
  const load = await Load.open(page.socketUrl, SESSIONS);
  const script = searches(page.hid('search'));
  await load.saturate(script, WARM_UP_SECONDS);
  return { server, load, script };
}

async function measure({ server, load, script }: Side): Promise<Measured> {
  const before = await server.cpu();
  const answered = await load.saturate(script, SECONDS);
  const cpu = (await server.cpu()) - before;
  return { rate: answered / SECONDS, perEvent: (cpu * 1e6) / answered };
}
