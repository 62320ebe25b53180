import { join } from 'node:path';
import { expect } from 'chai';
import type { Outcome } from '../../vango/test/support/hostileInputs';
import { Load, quantile } from '../../vango/test/support/load';
import { type LoadedPage, loadPage, WireClient } from '../../vango/test/support/wireClient';
import { Child } from '../support/child';
import { Shop } from '../support/shop';
import { waitFor } from '../support/wait';

const INPUTS = 200_000;
const SEED = 20260101;
const ROUNDS = 5;
const SESSIONS = 80;
const EVENTS_PER_SECOND = 200;
const SECONDS = 2;
/** Connections at a time, and milliseconds that each takes: some 600 each second, as much as one host is let open. */
const [PARALLEL, PAUSE] = [24, 22];

describe(`the shop under ${INPUTS.toLocaleString('en')} hostile request lines, upgrades, hellos and frames`, function () {
  this.timeout(180_000);
  let shop: Shop;
  let origin: string;
  let page: LoadedPage;
  let load: Load;

  before(async () => {
    shop = await Shop.start({ OTEL_TRACES_EXPORTER: 'none' });
    origin = `http://localhost:${shop.port}`;
    page = await loadPage(origin, '/');
    load = await Load.open(page.socketUrl, SESSIONS);
    await load.run(typing, EVENTS_PER_SECOND, SECONDS);
  });
  after(async () => {
    load?.close();
    await shop?.end('SIGKILL');
  });

  const typing = (round: number) => ({
    type: 'Input' as const,
    hid: page.hid('search'),
    data: round % 2 ? 'kettle' : 'cup',
  });
  const slowest = async (): Promise<number> =>
    quantile(await load.run(typing, EVENTS_PER_SECOND, SECONDS), 0.99);
  const middle = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] as number;

  it('lives on, with its sessions as they were', async () => {
    const client = await WireClient.connect(page.socketUrl);
    // What it has in its cart after each round, as the page shows it.
    const carts = (): string[] =>
      client.patches.flatMap(patch =>
        patch.hid === page.hid('cart-count') && 'value' in patch ? [patch.value as string] : [],
      );
    const quiet: number[] = [];
    const attacked: number[] = [];
    const statuses: Record<string, number> = {};
    let inputs = 0;
    for (let round = 0; round < ROUNDS; round++) {
      quiet.push(await slowest());
      const attacker = new Child(process.execPath, [
        ...['--require', 'tsx/cjs', join(__dirname, '../../vango/test/fixtures/attack.ts')],
        ...[origin, SEED + round, INPUTS / ROUNDS, PARALLEL, PAUSE].map(String),
      ]);
      const struck = attacker.until(/outcome (.*)\n/, 60_000);
      let isOver = false;
      void struck.finally(() => {
        isOver = true;
      });
      const windows: number[] = [];
      while (!isOver) windows.push(await slowest());
      attacked.push(middle(windows));
      const outcome = JSON.parse((await struck)[1] as string) as Outcome;
      inputs += outcome.inputs;
      client.event('Click', page.hid('add-kettle'));
      await client.until(() => carts().at(-1) === String(round + 1));
      for (const [status, count] of Object.entries(outcome.statuses))
        statuses[status] = (statuses[status] ?? 0) + count;
    }
    expect(inputs).to.be.at.least(INPUTS);
    expect(Object.keys(statuses)).to.include.members(['101', '200', '308', '400', '403', '404', '405']);
    expect(statuses).not.to.have.any.keys('500', '503');
    expect([client.errors, client.closed]).to.deep.equal([[], undefined]);
    await waitFor(
      'the end of all other sessions',
      async () => (await shop.metrics()).value('vango_sessions_active', {}) === SESSIONS + 1,
    );
    client.drop();
    const [before, meanwhile] = [middle(quiet), middle(attacked)].map(ms => ms.toFixed(1));
    console.log(`      99th percentile of others: ${before} ms in quiet, ${meanwhile} ms under attack`);
  });
});
