// The runtime under load on this machine: round trips of events with 1,000 sessions at 2,000 events/s, and memory of 10,000 idle
// sessions of the shop's front page. The server is a process of its own. Run: npm run bench:runtime
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import WebSocket from 'ws';
import {
  decodePatches,
  encodeAck,
  encodeClientHello,
  encodeEvent,
  encodeFrame,
  FrameType,
} from '../vango/build/protocol';
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

/** A browser that does just what the load needs: the generator must not be what is measured. */
class Visitor {
  /** When the event was sent that has no answer yet; 0 for none. */
  private sentAt = 0;
  private seq = 0;

  private constructor(
    private readonly socket: WebSocket,
    private readonly samples: Float64Array,
    private readonly counter: { answered: number },
  ) {}

  static open(url: string, samples: Float64Array, counter: { answered: number }): Promise<Visitor> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    const visitor = new Visitor(socket, samples, counter);
    socket.on('open', () => socket.send(HELLO));
    return new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('message', (message: Buffer) => {
        if (message[0] === FrameType.Handshake) resolve(visitor);
        else if (message[0] === FrameType.Patches) visitor.answered(message);
      });
    });
  }

  get isWaiting(): boolean {
    return this.sentAt !== 0;
  }

  send(hid: string, data: string): void {
    this.sentAt = performance.now();
    this.socket.send(
      encodeFrame(FrameType.Event, encodeEvent({ seq: ++this.seq, type: 'Input', hid, data })),
    );
  }

  private answered(message: Buffer): void {
    this.samples[this.counter.answered++] = performance.now() - this.sentAt;
    this.sentAt = 0;
    const { seq } = decodePatches(message.subarray(4));
    this.socket.send(encodeFrame(FrameType.Ack, encodeAck({ lastSeq: seq, window: 100 })));
  }
}

const HELLO = encodeFrame(
  FrameType.Handshake,
  encodeClientHello({
    ...{ major: 2, minor: 0, csrf: '', sessionId: '', lastSeq: 0 },
    ...{ viewportWidth: 1024, viewportHeight: 768, timezoneOffset: 0 },
  }),
);

interface Load {
  readonly visitors: Visitor[];
  readonly hid: string;
  readonly samples: Float64Array;
  readonly counter: { answered: number };
}

async function openSessions(origin: string, count: number): Promise<Load> {
  const page = await loadPage(origin, '/');
  const samples = new Float64Array(EVENTS_PER_SECOND * (SECONDS + WARM_UP_SECONDS));
  const counter = { answered: 0 };
  const visitors: Visitor[] = [];
  while (visitors.length < count) {
    const batch = Math.min(50, count - visitors.length);
    const opened = Array.from({ length: batch }, () => Visitor.open(page.socketUrl, samples, counter));
    visitors.push(...(await Promise.all(opened)));
  }
  return { visitors, hid: page.hid('search'), samples, counter };
}

/** Sends events at an even rate, and gives the milliseconds each took to be answered. */
async function load({ visitors, hid, samples, counter }: Load, seconds: number): Promise<Float64Array> {
  const total = EVENTS_PER_SECOND * seconds;
  const startedAt = performance.now();
  counter.answered = 0;
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, ((performance.now() - startedAt) / 1000) * EVENTS_PER_SECOND);
    for (; sent < due; sent++) {
      const visitor = visitors[sent % visitors.length] as Visitor;
      if (visitor.isWaiting) throw new Error('an event took longer than the time between two of a session');
      // Each event of a session finds something else, so that each is answered.
      visitor.send(hid, Math.floor(sent / visitors.length) % 2 ? 'cup' : 'kettle');
    }
    await new Promise(resolve => setTimeout(resolve, 1));
  }
  while (counter.answered < total) await new Promise(resolve => setTimeout(resolve, 1));
  return samples.slice(0, total).sort();
}

async function latency(): Promise<void> {
  const { server, origin } = await startShop();
  const sessions = await openSessions(origin, LOAD_SESSIONS);
  await load(sessions, WARM_UP_SECONDS);
  const before = await usage(server);
  const startedAt = performance.now();
  const samples = await load(sessions, SECONDS);
  const seconds = (performance.now() - startedAt) / 1000;
  const after = await usage(server);
  const at = (share: number): string => `${(samples[Math.floor(samples.length * share)] ?? 0).toFixed(2)} ms`;
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
