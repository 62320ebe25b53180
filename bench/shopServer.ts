import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MAIN = `
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
  const { user, system } = process.cpuUsage();
  global.gc();
  global.gc();
  const { rss, heapUsed } = process.memoryUsage();
  process.send({ resident: rss, heap: heapUsed, cpu: (user + system) / 1e6, stalls });
});
require('./examples/shop/build/main.js');
`;

/** What the server's process has used. */
export interface Usage {
  /** Bytes of the process. */
  readonly resident: number;
  /** Bytes of the heap after a collection. */
  readonly heap: number;
  /** Seconds of CPU time since the start, the collection for this look not included. */
  readonly cpu: number;
  /** 99th percentile of the event loop's delay since the last look, in milliseconds. */
  readonly stalls: number;
}

/** The example shop in a process of its own, so that what is measured is the server's. */
export class ShopServer {
  private constructor(
    private readonly child: ChildProcess,
    readonly origin: string,
  ) {}

  /** @param telemetry environment of a zero-code start; without it there is none */
  static async start(telemetry?: Record<string, string>): Promise<ShopServer> {
    const preload = telemetry === undefined ? [] : ['--require', '@vango/opentelemetry/register'];
    const child = spawn(process.execPath, ['--expose-gc', ...preload, '-e', MAIN], {
      env: {
        ...process.env,
        PORT: '0',
        SHOP_SESSIONS: mkdtempSync(join(tmpdir(), 'vango-bench-')),
        OTEL_EXPORTER_PROMETHEUS_PORT: '0',
        ...telemetry,
      },
      stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
    });
    const origin = await new Promise<string>((resolve, reject) => {
      child.once('exit', code => reject(new Error(`the shop ended with ${code}`)));
      child.stdout?.on('data', data => {
        const found = /open at (\S+)/.exec(String(data));
        if (found !== null) resolve(found[1] as string);
      });
    });
    return new ShopServer(child, origin);
  }

  async usage(): Promise<Usage> {
    this.child.send('usage');
    const [usage] = await once(this.child, 'message');
    return usage as Usage;
  }

  async stop(): Promise<void> {
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }
}
