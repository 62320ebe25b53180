// Measures how many events per second the shop's front page handles over real WebSockets: without
// telemetry, with telemetry as in production, and with bare spans of the SDK. They take turns.
import { join } from 'node:path';
import { Load, type Script } from '../../vango/test/support/load';
import { loadPage } from '../../vango/test/support/wireClient';
import { type Budget, median } from '../budget';
import { searches } from '../runtime';
import { ShopServer } from '../shopServer';
import { startSink } from '../sink';

const SESSIONS = 100;
/** Processes of each way, since V8 optimises each process in another way. */
const PASSES = 3;
/** Time for V8 to optimise the code of events. */
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
  const sink = await startSink();
  const telemetry = {
    ...sink.env,
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.1',
  };
  const register = '@vango/opentelemetry/register';
  const bareSpans = join(__dirname, 'bareSpans.cjs');
  const ways = {
    'without telemetry': (): Promise<Side> => open(),
    'metrics and 10 % of traces': (): Promise<Side> => open(register, telemetry),
    'bare SDK spans, 10 % sampled': (): Promise<Side> => open(bareSpans),
  };
  const results = Object.keys(ways).map((): Measured[] => []);
  for (let pass = 0; pass < PASSES; pass++) {
    const sides: Side[] = [];
    for (const start of Object.values(ways)) sides.push(await start());
    for (let round = 0; round < ROUNDS; round++) {
      const order = [...sides.keys()];
      for (const index of round % 2 === 0 ? order : order.reverse())
        results[index]?.push(await measure(sides[index] as Side));
    }
    for (const { server, load } of sides) {
      load.close();
      await server.stop();
    }
  }
  sink.stop();
  const [bare = [], ...others] = results;
  const ratios = others.map(side =>
    median(side.map(({ rate }, round) => rate / (bare[round] as Measured).rate)),
  );
  console.table(
    Object.keys(ways).map((way, index) => {
      const measured = results[index] ?? [];
      return {
        way,
        'events/s': Math.round(median(measured.map(({ rate }) => rate))),
        'CPU per event': `${median(measured.map(({ perEvent }) => perEvent)).toFixed(1)} µs`,
        ratio: (ratios[index - 1] ?? 1).toFixed(2),
      };
    }),
  );
  return [
    {
      what: 'throughput, metrics and 10 % of traces / none',
      measured: ratios[0] as number,
      allowed: 0.95,
      atLeast: true,
    },
  ];
}

async function open(preload?: string, env?: Record<string, string>): Promise<Side> {
  const server = await ShopServer.start(preload, env);
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
