import { Child } from '../../vango/test/support/child';
import { waitFor } from '../../vango/test/support/wait';
import type { Counts } from './counts';
import type { Installation } from './packages';
import { type Scrape, scrape } from './prometheus';

/** What the counting fixture has counted itself. */
export interface Tally {
  readonly spans: Record<string, { started: number; ended: number }>;
  readonly handled: Counts;
  readonly heap: number;
}

/** Metrics and tally of a server that is idle. */
export interface Quiet {
  readonly metrics: Scrape;
  readonly tally: Tally;
}

/** The counting fixture in a process of its own. */
export class CountingServer {
  private constructor(
    readonly origin: string,
    private readonly metricsUrl: string,
    private readonly tallyUrl: string,
  ) {}

  static async start({ node, folder }: Installation): Promise<CountingServer> {
    const child = new Child(node, ['--expose-gc', 'counting.cjs'], { cwd: folder });
    const [, metrics = '', tally = ''] = await child.until(/metrics at (\S+), tally at (\S+)/);
    const [, origin = ''] = await child.until(/listening on (\S+)/);
    return new CountingServer(origin, metrics, tally);
  }

  metrics(): Promise<Scrape> {
    return scrape(this.metricsUrl);
  }

  /** Waits until there are so many sessions and no span is open. */
  async quiet(active: number, detached: number): Promise<Quiet> {
    await waitFor(`${active} active sessions and ${detached} detached ones`, async () => {
      const metrics = await this.metrics();
      return (
        metrics.value('vango_sessions_active') === active &&
        metrics.value('vango_sessions_detached') === detached
      );
    });
    const tally = await waitFor('the end of all spans', async () => {
      const looked = await this.tally();
      return Object.values(looked.spans).every(({ started, ended }) => started === ended)
        ? looked
        : undefined;
    });
    return { metrics: await this.metrics(), tally };
  }

  async tally(): Promise<Tally> {
    return (await (await fetch(this.tallyUrl)).json()) as Tally;
  }
}
