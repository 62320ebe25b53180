import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { useBrowser } from '../../vango/test/support/browserSuite';
import { stopChildren } from '../../vango/test/support/child';
import { Network } from '../../vango/test/support/proxy';
import { waitFor } from '../../vango/test/support/wait';
import { Shop } from '../support/shop';

describe('a browser that is offline for 30 seconds', function () {
  this.timeout(180_000);
  let browser: Browser;

  useBrowser(started => {
    browser = started;
  });
  after(stopChildren);

  it('keeps its cart', async () => {
    const shop = await Shop.start();
    const network = new Network(shop.port);
    const page = await browser.newPage();
    await page.goto(await network.listen());
    await page.waitForSelector('html.vango-connected');
    await page.click('#add-cup');
    await page.waitForFunction(() => document.querySelector('#cart-count')?.textContent === '1');
    network.offline = true;
    await page.waitForSelector('html.vango-reconnecting');
    const until = Date.now() + 30_000;
    await waitFor('30 seconds', () => Date.now() > until, 40_000);
    network.offline = false;
    await page.waitForSelector('html.vango-connected', { timeout: 60_000 });
    await page.click('#add-cup');
    await page.waitForFunction(() => document.querySelector('#cart-count')?.textContent === '2');
    expect((await shop.metrics()).value('vango_session_resume_success_total')).to.equal(1);
    await network.close();
  });
});
