// Takes the pictures of the live view from a real run of the shop, into docs/images:
// node --import tsx scripts/livePictures.ts [FOLDER]
// Needs a build, Chromium, and a Redis server.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { Payments } from '../test/support/payments';
import { Shop } from '../test/support/shop';
import { launchBrowser } from '../vango/test/support/browser';
import { stopChildren } from '../vango/test/support/child';
import { startRedis } from '../vango/test/support/redis';
import { waitFor } from '../vango/test/support/wait';

const FOLDER = process.argv[2] ?? 'docs/images';
const VISITORS = 4;
/** Seconds that visitors click before the pictures are taken. */
const SECONDS = 40;
/** Pixels below what a picture shows. */
const MARGIN = 14;
const WIDE = { width: 1200, height: 1020 };

async function visit(browser: Browser, origin: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(origin);
  await page.waitForSelector('html.vango-connected');
  return page;
}

/** Clicks around, a little differently each time. */
async function shopAround(page: Page, until: number): Promise<void> {
  for (let round = 0; Date.now() < until; round++) {
    await page.click(`#add-${round % 3 === 0 ? 'cup' : 'kettle'}`);
    await page.fill('#search', ['', 'cup', 'ket'][round % 3] as string);
    await page.waitForTimeout(150 + 130 * (round % 4));
    await page.fill('#search', '');
    await page.waitForSelector('#add-kettle');
  }
}

async function order(page: Page): Promise<void> {
  await page.click('#to-checkout');
  await page.fill('#name', 'Ann');
  await page.fill('#email', 'ann@example.org');
  await page.click('#submit');
  await page.waitForSelector('#thanks');
}

async function takePictures(browser: Browser, shop: Shop, view: string): Promise<void> {
  const context = await browser.newContext({ viewport: WIDE });
  const page = await context.newPage();
  await page.goto(view);
  const origin = new URL(view).origin;
  const show = async (topic: string, selector: string): Promise<void> => {
    await page.goto(`${origin}/#${topic}`);
    await page.waitForSelector(selector);
  };
  /** Takes the page down to the last element that a selector finds. */
  const picture = async (name: string, until = '#main .card', margin = MARGIN): Promise<void> => {
    await page.mouse.move(0, 0);
    const boxes = await page
      .locator(until)
      .evaluateAll(found => found.map(element => element.getBoundingClientRect().bottom));
    const height = Math.min(WIDE.height, Math.ceil(Math.max(...boxes)) + margin);
    const clip = { x: 0, y: 0, width: WIDE.width, height };
    await page.screenshot({ path: join(FOLDER, `live-${name}.png`), clip });
  };
  const shopOrigin = `http://localhost:${shop.port}/`;
  const visitors = await Promise.all(
    Array.from({ length: VISITORS }, () => visit(browser, shopOrigin)),
  );
  const until = Date.now() + SECONDS * 1000;
  const shopping = Promise.all(visitors.map(visitor => shopAround(visitor, until)));
  const faults = await visit(browser, `${shopOrigin}faults`);
  await waitFor('half of the time', () => Date.now() > until - SECONDS * 500, SECONDS * 1000);
  await faults.click('#slow');
  const reporter = await visit(browser, shopOrigin);
  await reporter.click('#report');
  await shopping;
  await order(visitors[0] as Page);

  await show('overview/minute', '#tile-events-more:not(:empty)');
  await page.waitForSelector('.plot canvas');
  await picture('overview');
  await show('failures', '.list a');
  await page.click('.list a');
  await page.waitForSelector('#stack');
  await picture('failure');
  await show('slow', '.list a');
  await page.click('.list a:has-text("Checkout")');
  await page.waitForSelector('#waterfall');
  await picture('checkout');
  await show('sessions/memory', 'tbody a');
  await page.click('tbody a');
  await page.waitForSelector('#timeline li');
  // The timeline goes on below.
  await picture('session', '#timeline li:nth-child(-n + 12)', 0);
}

async function main(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const payments = new Payments(180);
  const env = {
    OTEL_TRACES_EXPORTER: 'console',
    NODE_OPTIONS: '--enable-source-maps',
    SHOP_REDIS: await startRedis(),
    SHOP_PAYMENTS: await payments.start(),
  };
  const shop = await Shop.start(env, {
    node: process.execPath,
    cwd: undefined,
    main: 'examples/shop/build/main.js',
    preloads: ['@vango/opentelemetry/register', './test/fixtures/shopClients.cjs'],
  });
  const browser = await launchBrowser();
  const [, view = ''] = /live view: (\S+)/.exec(shop.output) ?? [];
  try {
    await takePictures(browser, shop, view);
  } finally {
    await browser.close();
    payments.stop();
    await stopChildren();
  }
}

void main();
