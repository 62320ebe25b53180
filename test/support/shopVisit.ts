import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import type { Network } from '../../vango/test/support/proxy';
import { waitFor } from '../../vango/test/support/wait';
import { keyOf, type Series, scrapedSeries } from './series';
import type { Shop } from './shop';
import { WireTap } from './wireTap';

/** A session in the store that an earlier version wrote, and one that nobody knows. */
const OLD_SESSION = '0'.repeat(32);
const NO_SESSION = 'f'.repeat(32);

/** A store of older code, which had a list that this code does not have any more. */
function prepareStore(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vango-everything-'));
  const ids = { cart: 'object', notes: 'string', wishlist: 'array' };
  writeFileSync(join(folder, 'schema.json'), JSON.stringify({ version: 1, ids }));
  storeOldSession(folder);
  return folder;
}

/** Stores a session in a format that this code does not read. */
function storeOldSession(folder: string): void {
  const blob = JSON.stringify({ version: 0, id: OLD_SESSION });
  const stored = JSON.stringify({ expiresAt: Date.now() + 3_600_000, blob });
  writeFileSync(join(folder, `${OLD_SESSION}.session.json`), stored);
}

/** A payment service that refuses every other order, beginning with the first. */
export async function startPayments(): Promise<{ url: string; stop(): void }> {
  let asked = 0;
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(asked++ % 2 === 0 ? 402 : 200).end();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, stop: () => server.close() };
}

/** The environment of a shop whose visits have the same effects each time. */
export function settingsOf(payments: { readonly url: string }): Record<string, string> {
  return {
    SHOP_SESSIONS: prepareStore(),
    SHOP_PAYMENTS: payments.url,
    SHOP_LIMITS: JSON.stringify({ maxDetached: 1 }),
    SHOP_SAVE_INTERVAL: '3600000',
    VANGO_ACK_COLD_DEPLOY: '1',
  };
}

/** A visit of the shop that moves each of its metrics. Nobody but a browser does anything. */
export class ShopVisit {
  readonly tap = new WireTap(path => path.replace(/^\/products\/.+/, '/products/:id'));
  /** Sessions whose state was stored, once each. */
  readonly stored: string[] = [];
  /** What there was before. */
  private before: Series = {};

  constructor(
    private readonly context: BrowserContext,
    private readonly network: Network,
    private readonly origin: string,
    private readonly shop: Shop,
  ) {}

  async run(): Promise<void> {
    const page = await this.open('/');
    // The exporter may begin to listen later than the shop.
    this.before = await waitFor('a scrape', () => this.series().catch(() => undefined));
    await this.shopAround(page);
    await this.makeFaults(page);
    await this.loseConnection(page);
    await this.leaveTabs();
    await this.comeWithWrongSessions();
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
    await page.waitForFunction(() =>
      /^\d+ left$/.test(document.querySelector('#stock')?.textContent ?? ''),
    );
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
    for (const count of [1, 2]) {
      const page = await this.open('/');
      this.stored.push(await sessionOf(page));
      await page.close();
      await waitFor(
        `${count} tabs to be left`,
        async () =>
          (await this.moved('vango_sessions_detached')) +
            (await this.moved('vango_session_evictions_total')) ===
          count,
      );
    }
  }

  private async comeWithWrongSessions(): Promise<void> {
    storeOldSession(this.shop.sessions);
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
    return waitFor(`${count} at ${key}`, async () => (await this.moved(key)) === count);
  }

  /** By how much this visit has moved a series. */
  private async moved(key: string): Promise<number> {
    return ((await this.series())[key] ?? 0) - (this.before[key] ?? 0);
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
