import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../vango/test/support/browser';
import { requirePart } from '../../vango/test/support/requires';
import { expectAgreement, measureClicks } from '../support/clicks';

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
    expectAgreement(await measureClicks(browser, { up: 20, down: 80, handler: 50 }, 20, 3));
  });
});
