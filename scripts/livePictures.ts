// Takes the pictures of the live view from a real run of the shop, into docs/images:
// node --import tsx scripts/livePictures.ts [FOLDER]
// Needs a build, Chromium, and a Redis server.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { LiveShop } from '../test/support/liveShop';
import { stopChildren } from '../vango/test/support/child';
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

async function takePictures(stage: LiveShop): Promise<void> {
  const { browser, shop, view: page } = stage;
  await page.setViewportSize(WIDE);
  await stage.open();
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
  await stage.visitor.click('#add-kettle');
  await stage.checkOut();

  await stage.show('overview/minute', '#tile-events-more:not(:empty)');
  await page.waitForSelector('.plot canvas');
  await picture('overview');
  await stage.show('failures', '.list a');
  await page.click('.list a');
  await page.waitForSelector('#stack');
  await picture('failure');
  await stage.show('slow', '.list a');
  await page.click('.list a:has-text("Checkout")');
  await page.waitForSelector('#waterfall');
  await picture('checkout');
  await stage.show('sessions/memory', 'tbody a');
  await page.click('tbody a');
  await page.waitForSelector('#timeline li');
  // The timeline goes on below.
  await picture('session', '#timeline li:nth-child(-n + 12)', 0);
}

async function main(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const stage = await LiveShop.start();
  try {
    await takePictures(stage);
  } finally {
    await stage.stop();
    await stopChildren();
  }
}

void main();
