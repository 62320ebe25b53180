// Measures scrapes of many series. Each way has its own process, and they take turns, so that a
// busy machine slows all of them alike.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { join } from 'node:path';
import { type Budget, median } from './budget';

const ROUNDS = 15;
/** Rounds in which V8 optimises the code. */
const WARM_UP = 5;
const SERIES = [1500, 15_000];
const OPEN_METRICS = { accept: 'application/openmetrics-text' };
const GZIP = { 'accept-encoding': 'gzip' };

/** Ways to scrape: the process that serves them, and the headers of the request. */
const WAYS: Readonly<Record<string, readonly [served: string, headers: Record<string, string>]>> = {
  ours: ['ours', {}],
  'ours, gzip': ['ours', GZIP],
  'ours, OpenMetrics': ['ours', OPEN_METRICS],
  'ours, OpenMetrics, gzip': ['ours', { ...OPEN_METRICS, ...GZIP }],
  stock: ['stock', {}],
  'prom-client': ['promClient', {}],
  'the SDK’s collecting alone': ['collect', {}],
  'our writing alone': ['write', {}],
};

interface Figures {
  readonly milliseconds: number;
  readonly longestTurn: number;
  readonly bytes: number;
}

export async function scrape(): Promise<Budget[]> {
  const budgets: Budget[] = [];
  for (const series of SERIES) {
    const figures = await measure(series);
    const ratio = (way: string): number =>
      (figures.get(way)?.milliseconds ?? 0) / (figures.get('stock')?.milliseconds ?? 0);
    console.table(
      Object.fromEntries(
        [...figures].map(([way, { milliseconds, longestTurn, bytes }]) => [
          way,
          {
            series,
            ms: milliseconds.toFixed(1),
            'longest turn, ms': longestTurn.toFixed(1),
            bytes,
            'time / stock': ratio(way).toFixed(3),
          },
        ]),
      ),
    );
    const what = `scrape of ${series.toLocaleString('en')} series`;
    const turn = (way: string): number => figures.get(way)?.longestTurn ?? Number.NaN;
    budgets.push(
      { what: `${what} / stock`, measured: ratio('ours'), allowed: 0.2 },
      {
        what: `${what}, longest turn of writing`,
        measured: turn('our writing alone'),
        allowed: 10,
        unit: 'ms',
      },
    );
  }
  return budgets;
}

/** The medians of each way. */
async function measure(series: number): Promise<Map<string, Figures>> {
  const served = new Map<string, readonly [ChildProcess, port: number]>();
  for (const way of new Set(Object.values(WAYS).map(([name]) => name))) {
    const child = fork(join(__dirname, 'scrape/process.mjs'), [way, `${series}`], { execArgv: [] });
    served.set(way, [child, await answerOf<number>(child)]);
  }
  const samples = new Map<string, Figures[]>(Object.keys(WAYS).map(way => [way, []]));
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    for (const [way, [name, headers]] of Object.entries(WAYS)) {
      const [child, port] = served.get(name) ?? [];
      if (child === undefined) continue;
      child.send('move');
      await answerOf(child);
      const start = performance.now();
      const bytes = await bytesOf(Number(port), headers);
      const milliseconds = performance.now() - start;
      child.send('delay');
      const longestTurn = await answerOf<number>(child);
      if (round >= WARM_UP) samples.get(way)?.push({ milliseconds, longestTurn, bytes });
    }
  }
  for (const [child] of served.values()) child.disconnect();
  return new Map(
    [...samples].map(([way, all]) => [
      way,
      {
        milliseconds: median(all.map(each => each.milliseconds)),
        longestTurn: median(all.map(each => each.longestTurn)),
        bytes: median(all.map(each => each.bytes)),
      },
    ]),
  );
}

async function answerOf<T>(child: ChildProcess): Promise<T> {
  const [answer] = (await once(child, 'message')) as [T];
  return answer;
}

/** The length of a body as it came over the socket. */
function bytesOf(port: number, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', headers }, response => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on('end', () => resolve(bytes)).on('error', reject);
    }).on('error', reject);
  });
}
