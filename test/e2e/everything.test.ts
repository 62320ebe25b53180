import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { CATALOGUE } from '../../src';
import { launchBrowser } from '../../vango/test/support/browser';
import { stopChildren } from '../../vango/test/support/child';
import { Network } from '../../vango/test/support/proxy';
import { requirePart } from '../../vango/test/support/requires';
import { waitFor } from '../../vango/test/support/wait';
import { OtlpReceiver } from '../support/otlpReceiver';
import { type Installation, install, installShop, PLATFORMS } from '../support/packages';
import { addHistogram, keyOf, receivedSeries, type Series, scrapedSeries } from '../support/series';
import { Shop } from '../support/shop';
import { WireTap } from '../support/wireTap';

/** A session in the store that an earlier version wrote, and one that nobody knows. */
const OLD_SESSION = '0'.repeat(32);
const NO_SESSION = 'f'.repeat(32);

/** A session of older code: it has a list that this code does not have any more. */
function prepareStore(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vango-everything-'));
  const ids = { cart: 'object', notes: 'string', wishlist: 'array' };
  writeFileSync(join(folder, 'schema.json'), JSON.stringify({ version: 1, ids }));
  const blob = JSON.stringify({ version: 0, id: OLD_SESSION });
  const stored = JSON.stringify({ expiresAt: Date.now() + 3_600_000, blob });
  writeFileSync(join(folder, `${OLD_SESSION}.session.json`), stored);
  return folder;
}

/** A payment service that refuses the first order. */
async function startPayments(): Promise<{ url: string; stop(): void }> {
  let asked = 0;
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(asked++ === 0 ? 402 : 200).end();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, stop: () => server.close() };
}

/**
 * The counts after the script below, without patches, which its tap counts, and without sizes of
 * what is stored.
 */
const EXPECTED: Series = {
  vango_sessions_active: 3,
  vango_sessions_detached: 1,
  vango_session_resume_success_total: 1,
  [keyOf('vango_session_resume_failed_total', { reason: 'not_found' })]: 1,
  [keyOf('vango_session_resume_failed_total', { reason: 'schema_mismatch' })]: 1,
  vango_reconnects_total: 1,
  vango_session_evictions_total: 1,
  vango_session_memory_bytes_count: 1,
  [keyOf('vango_websocket_errors_total', { type: 'handshake' })]: 1,
  ...Object.fromEntries(
    (
      [
        ['Input', '/', 'success', 1],
        ['Click', '/', 'success', 2],
        ['Click', '/', 'error', 2],
        ['Navigate', '/products/:id', 'success', 2],
        ['Navigate', '/checkout', 'success', 1],
        ['Submit', '/checkout', 'success', 2],
        ['Navigate', '/faults', 'success', 1],
        ['Click', '/faults', 'success', 4],
      ] as const
    ).map(([type, path, status, count]) => [
      keyOf('vango_events_total', { type, path, status }),
      count,
    ]),
  ),
  [keyOf('vango_event_duration_seconds_count', { path: '/' })]: 5,
  [keyOf('vango_event_duration_seconds_count', { path: '/products/:id' })]: 2,
  [keyOf('vango_event_duration_seconds_count', { path: '/checkout' })]: 3,
  [keyOf('vango_event_duration_seconds_count', { path: '/faults' })]: 5,
  ...Object.fromEntries(
    (
      [
        ['vango_event_queue_seconds', { '/': 5, '/products/:id': 2, '/checkout': 3, '/faults': 5 }],
        [
          'vango_event_perceived_seconds',
          { '/': 3, '/products/:id': 2, '/checkout': 3, '/faults': 1 },
        ],
      ] as const
    ).flatMap(([name, counts]) =>
      Object.entries(counts).map(([path, count]) => [keyOf(`${name}_count`, { path }), count]),
    ),
  ),
  ...Object.fromEntries(
    Object.entries({ '/': 3, '/products/:id': 2, '/checkout': 3, '/faults': 1 }).map(
      ([route, count]) => [keyOf('vango_render_duration_seconds_count', { route }), count],
    ),
  ),
  [keyOf('vango_event_errors_total', { path: '/', error_type: 'internal' })]: 1,
  [keyOf('vango_event_errors_total', { path: '/', error_type: 'not_found' })]: 1,
  [keyOf('vango_patch_mismatch_total', { reason: 'handler_not_found' })]: 1,
  [keyOf('vango_patch_mismatch_total', { reason: 'unknown_parent' })]: 1,
  [keyOf('vango_resource_duration_ms_count', { resource: 'stock' })]: 2,
  [keyOf('vango_resource_error_total', { resource: 'stock' })]: 1,
  [keyOf('vango_action_duration_ms_count', { action: 'order' })]: 2,
  [keyOf('vango_action_error_total', { action: 'order' })]: 1,
  [keyOf('vango_signal_write_violation_total', { operation: 'Update', reason: 'off_loop' })]: 1,
  // Three empty carts.
  [keyOf('vango_persist_bytes_total', { stable_id: 'cart' })]: 3 * '{}'.length,
  [keyOf('vango_persist_write_rejected_total', {
    reason: 'signal_too_large',
    stable_id: 'notes',
  })]: 1,
  [keyOf('vango_schema_mismatch_total', { reason: 'hash' })]: 1,
  [keyOf('vango_schema_mismatch_total', { reason: 'version' })]: 1,
  [keyOf('vango_cold_deploy_ack_total', { source: 'env' })]: 1,
  // Three tabs and one socket without a hello; one that came back, and two with wrong sessions.
  [keyOf('vango_connects_total', { kind: 'new', status: 'ok' })]: 3,
  [keyOf('vango_connects_total', { kind: 'new', status: 'invalid_format' })]: 1,
  [keyOf('vango_connects_total', { kind: 'resume', status: 'ok' })]: 3,
  [keyOf('vango_connect_duration_seconds_count', { kind: 'new' })]: 4,
  [keyOf('vango_connect_duration_seconds_count', { kind: 'resume' })]: 3,
  [keyOf('vango_page_duration_seconds_count', { route: '/', status: '2xx' })]: 5,
  // The icon that browsers ask for.
  [keyOf('vango_page_duration_seconds_count', { route: 'unmatched', status: '4xx' })]: 1,
  [keyOf('vango_connection_duration_seconds_count', { end: 'lost' })]: 1,
  [keyOf('vango_connection_duration_seconds_count', { end: 'normal' })]: 2,
  [keyOf('vango_connection_duration_seconds_count', { end: 'refused' })]: 1,
  [keyOf('vango_session_duration_seconds_count', { end: 'evicted' })]: 1,
  [keyOf('vango_sessions_created_total', { origin: 'new' })]: 5,
  [keyOf('vango_session_limit', { limit: 'max' })]: 10_000,
  [keyOf('vango_session_limit', { limit: 'detached' })]: 1,
  [keyOf('vango_session_limit', { limit: 'per_ip' })]: 100,
  // A save for each detach, and a look at who owns what is stored.
  [keyOf('vango_store_operation_duration_seconds_count', {
    operation: 'save',
    outcome: 'success',
  })]: 3,
  [keyOf('vango_store_operation_duration_seconds_count', {
    operation: 'load',
    outcome: 'success',
  })]: 3,
};

/** A visit of the shop that moves each of its metrics. Nobody but a browser does anything. */
class Visit {
  private readonly tap = new WireTap(path => path.replace(/^\/products\/.+/, '/products/:id'));
  /** Sessions whose state was stored, once each. */
  private readonly stored: string[] = [];

  constructor(
    private readonly context: BrowserContext,
    private readonly network: Network,
    private readonly origin: string,
    private readonly shop: Shop,
  ) {}

  async run(): Promise<void> {
    const page = await this.open('/');
    await this.shopAround(page);
    await this.makeFaults(page);
    await this.loseConnection(page);
    await this.leaveTabs();
    await this.comeWithWrongSessions();
  }

  expected(): Series {
    const expected: Series = { ...EXPECTED, vango_patches_sent_total: this.tap.patches };
    for (const [direction, bytes] of Object.entries(this.tap.bytes))
      expected[keyOf('vango_network_io_bytes_total', { direction })] = bytes;
    for (const [route, sizes] of this.tap.frames)
      addHistogram(expected, CATALOGUE.patchBytes, { route }, sizes);
    const sizes = this.stored.map(id => {
      const file = readFileSync(join(this.shop.sessions, `${id}.session.json`), 'utf8');
      return Buffer.byteLength(JSON.parse(file).blob);
    });
    addHistogram(expected, CATALOGUE.sessionPersistBytes, {}, sizes);
    return expected;
  }

  private async shopAround(page: Page): Promise<void> {
    await page.fill('#search', 'cup');
    await text(page, '#found', '3 products');
    await page.click('#add-cup');
    await text(page, '#cart-count', '1');
    await page.click('#add-teapot');
    await text(page, '#cart-count', '2');
    await page.click('#report');
    await this.event('Click', '/', 'error', 1);
    await page.click('text=Teapot');
    await text(page, '#stock', '20 left');
    await go(page, '/products/nothing');
    await text(page, '#stock', 'We do not know how many are left.');
    await page.click('#to-checkout');
    await page.fill('#name', 'Ann');
    await page.fill('#email', 'ann@example.org');
    await page.click('#submit');
    await page.waitForSelector('#failed');
    await page.click('#submit');
    await text(page, '#thanks', 'Thank you, Ann. Your order is on its way.');
  }

  private async makeFaults(page: Page): Promise<void> {
    await go(page, '/faults');
    await page.click('#late-write');
    await text(page, '#late', '1 writes from a timer');
    await page.click('#lost-element');
    await page.click('#large-note');
    await this.event('Click', '/faults', 'success', 3);
  }

  private async loseConnection(page: Page): Promise<void> {
    this.network.cut();
    await page.waitForSelector('html.vango-reconnecting');
    await page.waitForSelector('html.vango-connected');
    await page.waitForSelector('#small-note');
    this.stored.push(await sessionOf(page));
    await page.click('#small-note');
    await this.event('Click', '/faults', 'success', 4);
  }

  /** Two tabs are closed; the shop keeps one session for which nobody may come back. */
  private async leaveTabs(): Promise<void> {
    for (const moved of ['vango_sessions_detached', 'vango_session_evictions_total']) {
      const page = await this.open('/');
      this.stored.push(await sessionOf(page));
      await page.close();
      await waitFor(`${moved} to be 1`, async () => (await this.series())[moved] === 1);
    }
  }

  private async comeWithWrongSessions(): Promise<void> {
    await this.open('/', OLD_SESSION);
    const page = await this.open('/', NO_SESSION);
    // A script of the page, or an extension, that changes what is not its own.
    await page.evaluate(`document.querySelector('#add-cup').setAttribute('data-hid', 'h999')`);
    await page.click('#add-cup');
    await this.event('Click', '/', 'error', 2);
    // A script that speaks to the shop on its own, and does not say hello.
    await page.evaluate(`new Promise(resolve => {
      const socket = new WebSocket(location.origin.replace('http', 'ws') + '/_vango/live');
      socket.onopen = () => socket.send(new Uint8Array([1, 0, 0, 0]));
      socket.onclose = resolve;
    })`);
  }

  /** Opens a page in a tab of its own, which believes to have a session if one is given. */
  private async open(path: string, sessionId?: string): Promise<Page> {
    const page = await this.context.newPage();
    this.tap.listen(page, path);
    if (sessionId !== undefined) {
      await page.addInitScript(`sessionStorage.setItem('__vango_session_id', '${sessionId}')`);
    }
    await page.goto(this.origin + path);
    await page.waitForSelector('html.vango-connected');
    return page;
  }

  /** Waits until events were handled that change nothing on the page. */
  private event(type: string, path: string, status: string, count: number): Promise<unknown> {
    const key = keyOf('vango_events_total', { type, path, status });
    return waitFor(`${count} at ${key}`, async () => (await this.series())[key] === count);
  }

  async series(): Promise<Series> {
    return scrapedSeries(await this.shop.metrics());
  }
}

function text(page: Page, selector: string, expected: string): Promise<unknown> {
  return page.waitForFunction(
    ([s, e]) => document.querySelector(s as string)?.textContent === e,
    [selector, expected],
  );
}

/** Goes to a page of the shop that no link leads to. */
async function go(page: Page, path: string): Promise<void> {
  await page.evaluate(
    `document.dispatchEvent(new CustomEvent('vango:navigate', { detail: { path: '${path}' } }))`,
  );
  await page.waitForURL(`**${path}`);
}

async function sessionOf(page: Page): Promise<string> {
  return (await page.evaluate(`sessionStorage.getItem('__vango_session_id')`)) as string;
}

/** Ways to the numbers: what is loaded before the shop, and where Prometheus finds them. */
const WAYS = [
  {
    name: 'zero code: at port 9464 and over OTLP',
    preload: '@vango/opentelemetry/register',
    env: (receiver: OtlpReceiver) => ({
      ...receiver.environment,
      OTEL_METRICS_EXPORTER: 'prometheus,otlp',
    }),
    port: 9464,
    isSentToo: true,
  },
  {
    name: 'an SDK with the stock PrometheusExporter',
    preload: './own-sdk.cjs',
    env: () => ({ OTEL_TRACES_EXPORTER: 'none' }),
    port: undefined,
    isSentToo: false,
  },
] as const;

for (const platform of PLATFORMS) {
  describe(`all metrics of one visit, ${platform.label}`, function () {
    this.timeout(240_000);
    let installation: Installation;
    let main: string;
    let browser: Browser;
    let receiver: OtlpReceiver;
    let payments: Awaited<ReturnType<typeof startPayments>>;

    before(async function () {
      requirePart(this, 'chromium');
      installation = install(platform);
      main = installShop(installation);
      browser = await launchBrowser();
    });
    after(() => browser?.close());
    beforeEach(async () => {
      payments = await startPayments();
      receiver = await OtlpReceiver.start();
    });
    afterEach(async () => {
      await stopChildren();
      await receiver.stop();
      payments.stop();
    });

    for (const { name, preload, env, port, isSentToo } of WAYS) {
      it(`are what it did, by ${name}`, async () => {
        const shop = await Shop.prepare(
          {
            SHOP_SESSIONS: prepareStore(),
            SHOP_PAYMENTS: payments.url,
            SHOP_LIMITS: JSON.stringify({ maxDetached: 1 }),
            SHOP_SAVE_INTERVAL: '3600000',
            VANGO_ACK_COLD_DEPLOY: '1',
            ...env(receiver),
          },
          { node: installation.node, cwd: installation.folder, main, preloads: [preload] },
          port,
        );
        await shop.start();
        const network = new Network(shop.port);
        const context = await browser.newContext();
        const visit = new Visit(context, network, await network.listen(), shop);
        try {
          await visit.run();
          const isReached = async (): Promise<boolean> =>
            JSON.stringify(sorted(await visit.series())) ===
            JSON.stringify(sorted(visit.expected()));
          await waitFor('the numbers', isReached, 3000).catch(() => {});
          expect(sorted(await visit.series())).to.deep.equal(sorted(visit.expected()));
          const families = new Set((await shop.metrics()).types.keys());
          for (const { prometheusName } of Object.values(CATALOGUE))
            expect(families).to.include(prometheusName);
          if (!isSentToo) return;
          await waitFor(
            'the numbers over OTLP',
            () =>
              JSON.stringify(sorted(receivedSeries(receiver))) ===
              JSON.stringify(sorted(visit.expected())),
            3000,
          ).catch(() => {});
          expect(sorted(receivedSeries(receiver))).to.deep.equal(sorted(visit.expected()));
        } finally {
          await context.close();
          await network.close();
        }
      });
    }
  });
}

function sorted(series: Series): Array<[string, number]> {
  return Object.entries(series).sort(([a], [b]) => (a < b ? -1 : 1));
}
