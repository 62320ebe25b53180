import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from './child';
import { type Scrape, scrape } from './prometheus';
import { freePort } from './wait';

/** The example shop with zero-code instrumentation, on ports of its own; it can be ended and started again. */
export class Shop {
  private child: Child | undefined;

  private constructor(
    readonly port: number,
    private readonly metricsPort: number,
    private readonly env: Record<string, string>,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<Shop> {
    const sessions = mkdtempSync(join(tmpdir(), 'vango-shop-'));
    const shop = new Shop(await freePort(), await freePort(), { SHOP_SESSIONS: sessions, ...env });
    await shop.start();
    return shop;
  }

  async start(): Promise<void> {
    this.child = new Child(
      process.execPath,
      ['--require', '@vango/opentelemetry/register', 'examples/shop/build/main.js'],
      {
        env: {
          ...this.env,
          PORT: String(this.port),
          OTEL_EXPORTER_PROMETHEUS_PORT: String(this.metricsPort),
        },
      },
    );
    await this.child.until(/The shop is open/);
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    this.child?.signal(signal);
    await this.child?.exit();
  }

  metrics(): Promise<Scrape> {
    return scrape(`http://localhost:${this.metricsPort}/metrics`);
  }
}
