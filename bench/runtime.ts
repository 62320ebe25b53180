// The runtime under load on this machine: round trips of events with 1,000 sessions at 2,000 events/s, and memory of 10,000 idle
// sessions of the shop's front page. The server is a process of its own. Run: npm run bench:runtime
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Load, quantile, type Script } from '../vango/test/support/load';
import { loadPage } from '../vango/test/support/wireClient';

const LOAD_SESSIONS = 1000;
const EVENTS_PER_SECOND = 2000;
const SECONDS = 10;
const WARM_UP_SECONDS = 4;
const IDLE_SESSIONS = 10_000;

const SERVER = `
const { App } = require('vango');
// One machine opens all sessions.
const { listen } = App.prototype;
App.prototype.listen = function (...args) {
  Object.defineProperty(this, 'limits', { value: { ...this.limits, maxSessions: 1e6, maxSessionsPerIp: 1e6 } });
  return listen.apply(this, args);
};
const delay = require('node:perf_hooks').monitorEventLoopDelay({ resolution: 1 });
delay.enable();
process.on('message', () => {
  const stalls = delay.percentile(99) / 1e6;
  delay.reset();
  global.gc();
  process.send({ memory: process.memoryUsage().rss, heap: process.memoryUsage().heapUsed, cpu: process.cpuUsage(), stalls });
});
require('./examples/shop/build/main.js');
`;

interface Usage {
  readonly memory: number;
  readonly heap: number;
  readonly cpu: NodeJS.CpuUsage;
  /** 99th percentile of the event loop's delay since the last look, in milliseconds. */
  readonly stalls: number;
}

async function startShop(): Promise<{ server: ChildProcess; origin: string }> {
  const env = { ...process.env, PORT: '0', SHOP_SESSIONS: mkdtempSync(join(tmpdir(), 'vango-bench-')) };
  const server = spawn(process.execPath, ['--expose-gc', '-e', SERVER], {
    env,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const origin = await new Promise<string>(resolve => {
    server.stdout?.on('data', data => {
      const found = /open at (\S+)/.exec(String(data));
      if (found !== null) resolve(found[1] as string);
    });
  });
  return { server, origin };
}

function usage(server: ChildProcess): Promise<Usage> {
  return new Promise(resolve => {
    server.once('message', message => resolve(message as Usage));
    server.send('usage');
  });
}

/** Each event of a session finds something else, so that each is answered. */
const searches =
  (hid: string): Script =>
  round => ({ type: 'Input', hid, data: round % 2 ? 'cup' : 'kettle' });

async function openSessions(origin: string, count: number): Promise<{ load: Load; script: Script }> {
  const page = await loadPage(origin, '/');
  return { load: await Load.open(page.socketUrl, count), script: searches(page.hid('search')) };
}

async function latency(): Promise<void> {
  const { server, origin } = await startShop();
  const { load, script } = await openSessions(origin, LOAD_SESSIONS);
  await load.run(script, EVENTS_PER_SECOND, WARM_UP_SECONDS);
  const before = await usage(server);
  const startedAt = performance.now();
  const samples = await load.run(script, EVENTS_PER_SECOND, SECONDS);
  const seconds = (performance.now() - startedAt) / 1000;
  const after = await usage(server);
  const at = (share: number): string => `${quantile(samples, share).toFixed(2)} ms`;
  const cpu = (after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system) / 1e6 / seconds;
  console.table({
    sessions: LOAD_SESSIONS,
    'events/s': Math.round(samples.length / seconds),
    'round trip p50': at(0.5),
    'round trip p99 (budget 10 ms)': at(0.99),
    'event loop delay p99 of the server': `${after.stalls.toFixed(2)} ms`,
    'CPU of the server': `${Math.round(cpu * 100)} %`,
  });
  server.kill();
}

async function memory(): Promise<void> {
  const { server, origin } = await startShop();
  await openSessions(origin, 100);
  const before = await usage(server);
  await openSessions(origin, IDLE_SESSIONS);
  const after = await usage(server);
  console.table({
    'idle sessions': IDLE_SESSIONS,
    'heap per session (budget 100 KB)': `${Math.round((after.heap - before.heap) / IDLE_SESSIONS / 1024)} KB`,
    'resident memory per session': `${Math.round((after.memory - before.memory) / IDLE_SESSIONS / 1024)} KB`,
  });
  server.kill();
}

async function main(): Promise<void> {
  await latency();
  await memory();
  process.exit(0);
}

void main();
