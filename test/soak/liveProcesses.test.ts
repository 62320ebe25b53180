import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../vango/test/support/browser';
import { Child, stopChildren } from '../../vango/test/support/child';
import { requirePart } from '../../vango/test/support/requires';
import { freePort, waitFor } from '../../vango/test/support/wait';

describe('the live view of several processes', function () {
  this.timeout(60_000);
  let browser: Browser;
  let port: number;
  const children: Child[] = [];

  before(async function () {
    requirePart(this, 'chromium');
    port = await freePort();
    for (let i = 0; i < 3; i++) {
      const child = new Child(
        process.execPath,
        ['--require', '@vango/opentelemetry/register', 'test/fixtures/several.cjs'],
        { env: { OTEL_EXPORTER_PROMETHEUS_PORT: String(port) } },
      );
      await child.until(/telemetry started/);
      children.push(child);
    }
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await stopChildren();
  });

  it('shows each, and marks those that die, also the one with the port', async () => {
    const [first, second] = children as [Child, Child, Child];
    const page = await browser.newPage();
    const [, url = ''] = /live view: (\S+)/.exec(first.output) ?? [];
    expect(second.output).not.to.include('live view');
    await page.goto(url);
    const states = (): Promise<Array<string | null>> =>
      page
        .locator('#processes button')
        .evaluateAll(buttons => buttons.map(button => button.getAttribute('data-state')));
    const until = (what: string, ...expected: string[]): Promise<unknown> =>
      waitFor(what, async () => (await states()).join() === ['alive', ...expected].join());
    await until('all processes', 'alive', 'alive', 'alive');
    await second.stop();
    await until('the mark', 'alive', 'ended', 'alive');
    await first.stop();
    // The page stays, and the process that has the port now knows its cookie.
    await until('the other mark', 'ended', 'ended', 'alive');
    expect(await page.locator('#processes button').allInnerTexts()).to.satisfy((told: string[]) =>
      /^Process 0 ended \d\d:\d\d:\d\d$/.test(told[1] ?? ''),
    );
  });
});
