import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '../vango/test/support/wait';

const MAIN = `
const { App } = require('vango');
// One machine opens all sessions.
const { listen } = App.prototype;
App.prototype.listen = function (...args) {
  const limits = { ...this.limits, maxSessions: 1e6, maxSessionsPerIp: 1e6 };
  Object.defineProperty(this, 'limits', { value: limits });
  return listen.apply(this, args);
};
const answers = {
  cpu() {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  },
  memory() {
    global.gc();
    const { rss, heapUsed } = process.memoryUsage();
    return { resident: rss, heap: heapUsed };
  },
};
process.on('message', question => process.send(answers[question]()));
process.on('disconnect', () => process.exit());
require('./examples/shop/build/main.js');
`;

/** Bytes that the server's process holds after a garbage collection. */
export interface ServerMemory {
  readonly resident: number;
  readonly heap: number;
}

/** The example shop in its own process, so that measurements include the server alone. */
export class ShopServer {
  private constructor(
    private readonly child: ChildProcess,
    readonly origin: string,
    /** What it wrote for its operators so far. */
    private readonly lines: () => string,
  ) {}

  /**
   * @param preload - A module to load before the shop.
   * @param env - Environment variables.
   * @param flags - Flags of Node.js.
   */
  static async start(
    preload?: string,
    env: Record<string, string> = {},
    flags: readonly string[] = [],
  ): Promise<ShopServer> {
    const preloads = preload === undefined ? [] : ['--require', preload];
    const child = spawn(process.execPath, ['--expose-gc', ...flags, ...preloads, '-e', MAIN], {
      env: {
        ...process.env,
        PORT: '0',
        SHOP_SESSIONS: mkdtempSync(join(tmpdir(), 'vango-bench-')),
        OTEL_EXPORTER_PROMETHEUS_PORT: '0',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    let lines = '';
    child.stderr?.on('data', data => {
      lines += data;
    });
    const origin = await new Promise<string>((resolve, reject) => {
      child.once('exit', code => reject(new Error(`the shop ended with ${code}`)));
      child.stdout?.on('data', data => {
        const found = /open at (\S+)/.exec(String(data));
        if (found !== null) resolve(found[1] as string);
      });
    });
    return new ShopServer(child, origin, () => lines);
  }

  /** The address of its live view, once it has written that. */
  liveView(): Promise<string> {
    return waitFor('the live view', () => /live view: (\S+)/.exec(this.lines())?.[1]);
  }

  /** Seconds of CPU time since the start. */
  cpu(): Promise<number> {
    return this.ask('cpu') as Promise<number>;
  }

  memory(): Promise<ServerMemory> {
    return this.ask('memory') as Promise<ServerMemory>;
  }

  private async ask(question: string): Promise<unknown> {
    this.child.send(question);
    const [answer] = await once(this.child, 'message');
    return answer;
  }

  async stop(): Promise<void> {
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }
}
