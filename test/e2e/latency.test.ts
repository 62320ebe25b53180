import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../vango/test/support/browser';
import { requirePart } from '../../vango/test/support/requires';
import { expectAgreement, measureClicks } from '../support/clicks';

/** So many that the first two, at which the page is still slow, are no more than 5 %. */
const CLICKS = 40;

describe('what a user waits for, over a slow network', function () {
  this.timeout(60_000);
  // A busy machine is late on both sides, but not by the same time.
  this.retries(3);
  let browser: Browser;

  before(async function () {
    requirePart(this, 'chromium');
    browser = await launchBrowser();
  });
  after(() => browser?.close());

  it('is what the server measures, and what the browser attributes to the clicks', async () => {
    expectAgreement(await measureClicks(browser, { up: 20, down: 80, handler: 50 }, CLICKS, 3));
  });
});
