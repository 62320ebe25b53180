import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { useBrowser } from '../../vango/test/support/browserSuite';
import { Network } from '../../vango/test/support/proxy';
import { waitFor } from '../../vango/test/support/wait';
import { lookAtWorkshop, useWorkshop, workshop } from '../../vango/test/support/workshop';

describe('a page whose line is lost for 40 seconds', function () {
  this.timeout(180_000);
  let browser: Browser;

  useBrowser(started => {
    browser = started;
  });

  it('keeps all that the user did', async () => {
    const app = workshop();
    const { port } = await app.listen(0, '127.0.0.1');
    const network = new Network(port);
    const page = await browser.newPage();
    await page.goto(await network.listen());
    await page.waitForSelector('html.vango-connected');
    await useWorkshop(page);
    const before = await lookAtWorkshop(page);
    network.offline = true;
    await page.waitForSelector('html.vango-reconnecting');
    const until = Date.now() + 40_000;
    await waitFor('40 seconds', () => Date.now() > until, 50_000);
    network.offline = false;
    await page.waitForSelector('html.vango-connected', { timeout: 60_000 });
    await page.evaluate("document.querySelector('#add').click()");
    await page.waitForFunction(() => document.querySelector('#add')?.textContent === '2');
    expect(await lookAtWorkshop(page)).to.deep.equal({ ...before, clicks: '2' });
    await network.close();
    await app.close();
  });
});
