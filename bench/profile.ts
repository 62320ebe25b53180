// Shows the share of CPU time by package, while events are counted and all of them traced.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Budget } from './budget';

const ROUNDS = 20;
const EVENTS = 10_000;

interface CpuProfile {
  readonly nodes: ReadonlyArray<{
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }>;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Owners of code, by a pattern of their files' URLs. The first one that matches counts. */
const OWNERS: ReadonlyArray<readonly [pattern: RegExp, owner: string]> = [
  [/\/sdk-metrics\//, 'sdk-metrics: the histograms'],
  [/\/(sdk-trace|sdk-trace-base|core|resources)\//, 'sdk-trace: the span'],
  [/\/@opentelemetry\//, 'API and context manager'],
  [/\/vango\/build\//, 'vango: the event itself'],
  [/\/bench\//, 'vango: the event itself'],
  [/signals-core/, 'vango: the event itself'],
  [/\/build\//, '@vango/opentelemetry'],
];

export async function profile(): Promise<Budget[]> {
  const folder = mkdtempSync(join(tmpdir(), 'vango-profile-'));
  const child = fork(join(__dirname, 'dispatch/process.mjs'), ['sampled'], {
    execArgv: ['--cpu-prof', '--cpu-prof-interval', '200', '--cpu-prof-dir', folder],
  });
  await once(child, 'message');
  for (let round = 0; round < ROUNDS; round++) {
    child.send(EVENTS);
    await once(child, 'message');
  }
  child.disconnect();
  await once(child, 'exit');
  const [file] = readdirSync(folder);
  const found: CpuProfile = JSON.parse(readFileSync(join(folder, file as string), 'utf8'));
  const shares = sharesBy(
    found,
    ({ url, functionName }) => ownerOf(url) ?? nameOfNative(functionName),
  );
  console.table(shares.slice(0, 8).map(([owner, share]) => ({ owner, share: percent(share) })));
  const own = sharesBy(found, ({ url, functionName }) =>
    ownerOf(url) === '@vango/opentelemetry'
      ? `${functionName || 'anonymous'} ${url.split('/').pop()}`
      : undefined,
  );
  console.table(
    own
      .slice(0, 8)
      .map(([name, share]) => ({ 'of @vango/opentelemetry': name, share: percent(share) })),
  );
  return [];
}

function sharesBy(
  { nodes, samples, timeDeltas }: CpuProfile,
  keyOf: (frame: CpuProfile['nodes'][0]['callFrame']) => string | undefined,
): Array<[key: string, share: number]> {
  const keys = new Map(nodes.map(({ id, callFrame }) => [id, keyOf(callFrame)]));
  const times = new Map<string, number>();
  let total = 0;
  samples.forEach((id, index) => {
    const time = timeDeltas[index] as number;
    const key = keys.get(id);
    total += time;
    if (key !== undefined) times.set(key, (times.get(key) ?? 0) + time);
  });
  return [...times]
    .map(([key, time]): [string, number] => [key, time / total])
    .sort(([, a], [, b]) => b - a);
}

function ownerOf(url: string): string | undefined {
  return OWNERS.find(([pattern]) => pattern.test(url))?.[1];
}

function nameOfNative(functionName: string): string | undefined {
  if (functionName === '(garbage collector)') return 'garbage collection';
  return functionName === '(idle)' || functionName === '(root)' ? undefined : 'Node.js';
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
