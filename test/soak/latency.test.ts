import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../vango/test/support/browser';
import { requirePart } from '../../vango/test/support/requires';
import { expectAgreement, measureClicks } from '../support/clicks';

describe('what users wait for, in 200 clicks', function () {
  this.timeout(180_000);
  // A busy machine is late on both sides, but not by the same time.
  this.retries(3);
  let browser: Browser;

  before(async function () {
    requirePart(this, 'chromium');
    browser = await launchBrowser();
  });
  after(() => browser?.close());

  for (const [up, down] of [
    [100, 100],
    [20, 80],
  ] as const) {
    for (const handler of [0, 50]) {
      it(`is what the server measures: ${up} ms up, ${down} ms down, a handler of ${handler} ms`, async () => {
        expectAgreement(await measureClicks(browser, { up, down, handler }, 50, 5));
      });
    }
  }
});
