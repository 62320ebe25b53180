// Measures what it costs to observe one event. Each way has its own process, and they take turns,
// so that a busy machine slows all of them alike.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Budget, median } from './budget';

/** Processes of each way, since V8 optimises each process in another way. */
const PASSES = 11;
const ROUNDS = 10;
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
  const passes: Array<ReadonlyMap<Way, number>> = [];
  while (passes.length < PASSES) passes.push(await pass());
  const cost = (way: Way): number => median(passes.map(fastest => fastest.get(way) as number));
  const added = (way: Way, to: Way = 'uninstrumented'): number => cost(way) - cost(to);
  console.table(
    WAYS.map(way => ({
      way,
      'ns/event': Math.round(cost(way)),
      'added ns': Math.round(added(way)),
      ratio: (cost(way) / cost('uninstrumented')).toFixed(2),
    })),
  );
  return [
    {
      what: 'dispatch, disabled / uninstrumented',
      measured: cost('disabled') / cost('uninstrumented'),
      allowed: 1.02,
    },
    {
      what: 'metrics of an event / prom-client by hand',
      measured: added('metrics') / added('promClient'),
      allowed: 0.8,
    },
    {
      what: 'span added to metrics / bare SDK calls for both',
      measured: added('sampled', 'metrics') / added('bareSpans', 'bareHistograms'),
      allowed: 1.15,
    },
  ];
}

/**
 * Nanoseconds per event in the fastest round of one process of each way: what else a machine does
 * only makes a round slower.
 */
async function pass(): Promise<ReadonlyMap<Way, number>> {
  const fastest = new Map<Way, number>();
  const processes = new Map<Way, ChildProcess>();
  for (const way of WAYS)
    processes.set(way, fork(join(__dirname, 'dispatch/process.mjs'), [way], { execArgv: [] }));
  await Promise.all([...processes.values()].map(child => once(child, 'message')));
  for (let round = 0; round < ROUNDS; round++) {
    // Each way is first in turn, since the first one after a pause is slower.
    const first = round % WAYS.length;
    for (const way of [...WAYS.slice(first), ...WAYS.slice(0, first)]) {
      const child = processes.get(way) as ChildProcess;
      child.send(EVENTS);
      const [nanoseconds] = (await once(child, 'message')) as [number];
      fastest.set(way, Math.min(nanoseconds, fastest.get(way) ?? nanoseconds));
    }
  }
  for (const child of processes.values()) child.disconnect();
  return fastest;
}
