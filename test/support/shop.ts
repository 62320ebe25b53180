import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from '../../vango/test/support/child';
import { freePort } from '../../vango/test/support/wait';
import { type Scrape, scrape } from './prometheus';

/** How a shop is started: by which Node.js, from where, and what is loaded before it. */
export interface Launch {
  readonly node: string;
  readonly cwd: string | undefined;
  readonly main: string;
  readonly preloads: readonly string[];
}

/** The shop of this checkout with zero-code instrumentation. */
const HERE: Launch = {
  node: process.execPath,
  cwd: undefined,
  main: 'examples/shop/build/main.js',
  preloads: ['@vango/opentelemetry/register'],
};

/** The example shop, on ports of its own; it can be ended and started again. */
export class Shop {
  private child: Child | undefined;

  private constructor(
    readonly port: number,
    readonly metricsPort: number,
    /** Where its sessions are stored. */
    readonly sessions: string,
    private readonly env: Record<string, string>,
    private readonly launch: Launch,
  ) {}

  static async start(env: Record<string, string> = {}, launch: Launch = HERE): Promise<Shop> {
    const shop = await Shop.prepare(env, launch);
    await shop.start();
    return shop;
  }

  /** A shop that is not started yet. */
  static async prepare(
    env: Record<string, string> = {},
    launch: Launch = HERE,
    metricsPort?: number,
  ): Promise<Shop> {
    const sessions = env.SHOP_SESSIONS ?? mkdtempSync(join(tmpdir(), 'vango-shop-'));
    return new Shop(await freePort(), metricsPort ?? (await freePort()), sessions, env, launch);
  }

  async start(): Promise<void> {
    const { node, cwd, main, preloads } = this.launch;
    this.child = new Child(node, [...preloads.flatMap(file => ['--require', file]), main], {
      cwd,
      env: {
        OTEL_EXPORTER_PROMETHEUS_PORT: String(this.metricsPort),
        // The same for fixtures that set up an exporter themselves.
        METRICS_PORT: String(this.metricsPort),
        ...this.env,
        SHOP_SESSIONS: this.sessions,
        PORT: String(this.port),
      },
    });
    await this.child.until(/The shop is open/);
  }

  /** What it wrote so far. */
  get output(): string {
    return this.child?.output ?? '';
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    this.child?.signal(signal);
    await this.child?.exit();
  }

  metrics(): Promise<Scrape> {
    return scrape(`http://localhost:${this.metricsPort}/metrics`);
  }
}
