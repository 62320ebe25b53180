// Measures what it costs to observe one event. Each way has its own process, and they take turns,
// so that a busy machine slows all of them alike.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Budget, median } from './budget';

/** Processes of each way, since V8 optimises each process in another way. */
const PASSES = 11;
const ROUNDS = 8;
const EVENTS = 4000;

const WAYS = [
  'uninstrumented',
  'disabled',
  'metrics',
  'unsampled',
  'sampled',
  'withExemplars',
  'promClient',
  'bareHistograms',
  'bareSpans',
] as const;
type Way = (typeof WAYS)[number];

export async function dispatch(): Promise<Budget[]> {
  const samples = new Map<Way, number[]>(WAYS.map(way => [way, []]));
  for (let pass = 0; pass < PASSES; pass++) await measure(samples);
  const of = (way: Way): number[] => samples.get(way) as number[];
  const base = median(of('uninstrumented'));
  console.table(
    WAYS.map(way => ({
      way,
      'ns/event': Math.round(median(of(way))),
      'added ns': Math.round(median(of(way)) - base),
      ratio: (median(of(way)) / base).toFixed(2),
    })),
  );
  /** The median of a figure over all rounds. Both sides of a round had the machine in one state. */
  const perRound = (figure: (at: (way: Way) => number) => number): number =>
    median(
      Array.from({ length: PASSES * ROUNDS }, (_, round) =>
        figure(way => of(way)[round] as number),
      ),
    );
  return [
    {
      what: 'dispatch, disabled / uninstrumented',
      measured: perRound(at => at('disabled') / at('uninstrumented')),
      allowed: 1.02,
    },
    {
      what: 'metrics of an event / prom-client by hand',
      measured: perRound(
        at => (at('metrics') - at('uninstrumented')) / (at('promClient') - at('uninstrumented')),
      ),
      allowed: 0.8,
    },
    {
      what: 'sampled span / bare SDK calls',
      measured: perRound(
        at => (at('sampled') - at('metrics')) / (at('bareSpans') - at('uninstrumented')),
      ),
      allowed: 1.15,
    },
  ];
}

/** Adds nanoseconds per event, from one process of each way in turns. */
async function measure(samples: ReadonlyMap<Way, number[]>): Promise<void> {
  const processes = new Map<Way, ChildProcess>();
  for (const way of WAYS)
    processes.set(way, fork(join(__dirname, 'dispatch/process.mjs'), [way], { execArgv: [] }));
  await Promise.all([...processes.values()].map(child => once(child, 'message')));
  for (let round = 0; round <= ROUNDS; round++) {
    // Each way is first in turn, since the first one after a pause is slower.
    const first = round % WAYS.length;
    for (const way of [...WAYS.slice(first), ...WAYS.slice(0, first)]) {
      const child = processes.get(way) as ChildProcess;
      child.send(EVENTS);
      const [nanoseconds] = (await once(child, 'message')) as [number];
      // The first round lets V8 optimise the code.
      if (round > 0) samples.get(way)?.push(nanoseconds);
    }
  }
  for (const child of processes.values()) child.disconnect();
}
