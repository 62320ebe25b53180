import { expect } from 'chai';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchBrowser } from '../../vango/test/support/browser';
import { stopChildren } from '../../vango/test/support/child';
import { Network } from '../../vango/test/support/proxy';
import { requirePart } from '../../vango/test/support/requires';
import { waitFor } from '../../vango/test/support/wait';
import { Shop } from '../support/shop';

describe('a page whose connection, tab or server is lost', function () {
  this.timeout(60_000);
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let shop: Shop;
  let network: Network;
  let origin: string;

  const text = (selector: string, expected: string, on = page): Promise<unknown> =>
    on.waitForFunction(
      ([s, e]) => document.querySelector(s as string)?.textContent === e,
      [selector, expected],
    );
  const metric = async (
    name: string,
    labels: Record<string, string> = {},
  ): Promise<number | undefined> => (await shop.metrics()).value(name, labels);

  before(async function () {
    requirePart(this, 'chromium');
    browser = await launchBrowser();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    shop = await Shop.start();
    network = new Network(shop.port);
    origin = await network.listen();
    context = await browser.newContext();
    page = await context.newPage();
    await page.goto(origin);
    await page.waitForSelector('html.vango-connected');
    await page.click('#add-cup');
    await text('#cart-count', '1');
  });
  afterEach(async () => {
    await context.close();
    await network.close();
    await stopChildren();
  });

  it('keeps its cart, its page and what is typed when the socket is cut', async () => {
    await page.click('text=Teapot');
    await page.waitForSelector('#add');
    network.cut();
    await page.waitForSelector('html.vango-reconnecting');
    await page.waitForSelector('html.vango-connected');
    await text('#cart-count', '1');
    expect(await page.textContent('#product h1')).to.equal('Teapot');
    await page.click('#add');
    await text('#cart-count', '2');
    expect(await metric('vango_session_resume_success_total')).to.equal(1);
    expect(await metric('vango_reconnects_total')).to.equal(1);
    expect(await metric('vango_sessions_active')).to.equal(1);
    expect(await metric('vango_sessions_detached')).to.equal(0);
  });

  it('returns with its cart when the server is restarted', async () => {
    await page.click('text=Teapot');
    await page.waitForSelector('#add');
    await shop.end('SIGTERM');
    await page.waitForSelector('html.vango-reconnecting');
    await shop.start();
    const startedAt = Date.now();
    await page.waitForSelector('html.vango-connected');
    expect(Date.now() - startedAt).to.be.below(5000);
    await text('#cart-count', '1');
    expect(await page.textContent('#product h1')).to.equal('Teapot');
    expect(new URL(page.url()).pathname).to.equal('/products/teapot');
    await page.click('#add');
    await text('#cart-count', '2');
    expect(await metric('vango_session_resume_success_total')).to.equal(1);
  });

  it('returns, if need be with a new session, when the server was killed', async () => {
    await shop.end('SIGKILL');
    await page.waitForSelector('html.vango-reconnecting');
    await shop.start();
    const startedAt = Date.now();
    await page.waitForSelector('html.vango-connected');
    expect(Date.now() - startedAt).to.be.below(5000);
    await page.click('#add-cup');
    await page.waitForFunction(
      () => Number(document.querySelector('#cart-count')?.textContent) >= 1,
    );
  });

  it('does not compete with a duplicate of its tab', async () => {
    const stored = await page.evaluate(() => JSON.stringify(sessionStorage));
    const twin = await context.newPage();
    await twin.addInitScript(json => {
      for (const [key, value] of Object.entries(JSON.parse(json) as Record<string, string>))
        sessionStorage.setItem(key, value);
    }, stored);
    await twin.goto(origin);
    await twin.waitForSelector('html.vango-connected');
    // What the first tab has is not the copy's.
    await text('#cart-count', '0', twin);
    await twin.click('#add-cup');
    await text('#cart-count', '1', twin);
    await page.click('#add-cup');
    await text('#cart-count', '2');
    expect((await metric('vango_reconnects_total')) ?? 0).to.equal(0);
    expect(await metric('vango_sessions_active')).to.equal(2);
    expect(await page.evaluate(() => document.documentElement.className)).to.equal(
      'vango-connected',
    );
  });

  it('shows what other visitors do at once', async () => {
    const other = await context.newPage();
    await other.goto(origin);
    await other.waitForSelector('html.vango-connected');
    await text('#ticker', '1 added by all visitors', other);
    await page.click('#add-cup');
    await text('#ticker', '2 added by all visitors', other);
  });

  it('shows a resource that loads, and one that fails', async () => {
    await page.click('text=Teapot');
    await text('#stock', '20 left');
    await page.goto(`${origin}/products/unknown`);
    await text('#stock', 'We do not know how many are left.');
    expect(await metric('vango_resource_duration_ms_count', { resource: 'stock' })).to.equal(2);
    expect(await metric('vango_resource_error_total', { resource: 'stock' })).to.equal(1);
  });

  it('lets in those who may see a guarded page, over HTTP and over the socket', async () => {
    expect((await page.goto(`${origin}/admin`))?.status()).to.equal(401);
    await page.goto(origin);
    await page.waitForSelector('html.vango-connected');
    await page.evaluate(() => {
      const { __vango__ } = window as unknown as {
        __vango__: { navigate(path: string, replace: boolean): void };
      };
      __vango__.navigate('/admin', false);
    });
    await waitFor(
      'the refusal',
      async () =>
        (await metric('vango_event_errors_total', {
          path: '/admin',
          error_type: 'unauthorized',
        })) === 1,
    );
    expect(new URL(page.url()).pathname).to.equal('/');
  });
});
