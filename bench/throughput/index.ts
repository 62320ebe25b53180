// Measures how many events per second the shop's front page handles over real WebSockets, and the
// CPU time of an event: without telemetry, with metrics alone, with telemetry as in production, and
// with the same telemetry written by hand. They take turns.
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

const WAYS = ['none', 'metrics', 'metrics and 10 % of traces', 'the same by hand'] as const;
type Way = (typeof WAYS)[number];

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
  const sampled = {
    ...sink.env,
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.1',
  };
  const register = '@vango/opentelemetry/register';
  const ways: Record<Way, () => Promise<Side>> = {
    none: () => open(),
    metrics: () => open(register, { OTEL_TRACES_EXPORTER: 'none' }),
    'metrics and 10 % of traces': () => open(register, sampled),
    'the same by hand': () => open(join(__dirname, 'byHand.cjs'), sampled),
  };
  const results = new Map(WAYS.map((way): [Way, Measured[]] => [way, []]));
  for (let pass = 0; pass < PASSES; pass++) {
    const sides: Array<[Way, Side]> = [];
    for (const way of WAYS) sides.push([way, await ways[way]()]);
    for (let round = 0; round < ROUNDS; round++) {
      for (const [way, side] of round % 2 === 0 ? sides : sides.toReversed())
        results.get(way)?.push(await measure(side));
    }
    for (const [, { server, load }] of sides) {
      load.close();
      await server.stop();
    }
  }
  sink.stop();
  const of = (way: Way): Measured[] => results.get(way) as Measured[];
  /** The median of a figure over all rounds. Both sides of a round had the machine in one state. */
  const perRound = (figure: (at: (way: Way) => Measured) => number): number =>
    median(
      Array.from({ length: PASSES * ROUNDS }, (_, round) =>
        figure(way => of(way)[round] as Measured),
      ),
    );
  console.table(
    WAYS.map(way => ({
      way,
      'events/s': Math.round(median(of(way).map(({ rate }) => rate))),
      'CPU per event': `${median(of(way).map(({ perEvent }) => perEvent)).toFixed(1)} µs`,
      ratio: perRound(at => at(way).rate / at('none').rate).toFixed(2),
    })),
  );
  return [
    {
      what: 'CPU added to an event, metrics and 10 % of traces / the same by hand',
      measured: perRound(
        at =>
          (at('metrics and 10 % of traces').perEvent - at('none').perEvent) /
          (at('the same by hand').perEvent - at('none').perEvent),
      ),
      allowed: 1,
    },
    {
      what: 'throughput, metrics / none',
      measured: perRound(at => at('metrics').rate / at('none').rate),
      allowed: 0.97,
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
