import { expect } from 'chai';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchBrowser } from '../../../test/support/browser';
import { requirePart } from '../../../test/support/requires';
import { waitFor } from '../../../test/support/wait';
import { PatchOp } from '../../src/protocol';
import { helloFrame, ScriptedServer } from '../support/scriptedServer';

describe('a page that does not come back by itself', function () {
  this.timeout(30_000);
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let server: ScriptedServer;

  before(async function () {
    requirePart(this, 'chromium');
    browser = await launchBrowser();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    server = new ScriptedServer();
    server.html = '<p data-hid="h4">x</p>';
    context = await browser.newContext();
    page = await context.newPage();
  });
  afterEach(async () => {
    await context.close();
    await server.stop();
  });

  async function greet(status = 0): Promise<void> {
    const hellos = server.hellos.length;
    await page.goto(await server.listen());
    await waitFor('the hello', () => server.hellos.length > hellos);
    server.send(helloFrame(status));
  }

  const ENDS: ReadonlyArray<[what: string, act: () => Promise<void>]> = [
    ['was refused for its token', () => greet(2)],
    ['was refused by a busy server', () => greet(4)],
    ['was refused for its address', () => greet(9)],
    ['was refused for another reason', () => greet(8)],
    [
      'was closed cleanly',
      async () => {
        await greet();
        await page.waitForSelector('html.vango-connected');
        server.close(1001);
      },
    ],
    [
      'was closed by a control frame',
      async () => {
        await greet();
        await page.waitForSelector('html.vango-connected');
        server.send('0300000420030178');
      },
    ],
    [
      'was closed by a fatal error',
      async () => {
        await greet();
        await page.waitForSelector('html.vango-connected');
        server.send('05000005000601 7801'.replace(' ', ''));
      },
    ],
    [
      'broke twice',
      async () => {
        await greet();
        await page.waitForSelector('html.vango-connected');
        server.patch(1, { op: PatchOp.SetText, hid: 'h99', value: 'x' });
        await waitFor('the second hello', () => server.hellos.length === 2);
        server.send(helloFrame());
        await page.waitForSelector('html.vango-connected');
        server.patch(1, { op: PatchOp.SetText, hid: 'h99', value: 'x' });
      },
    ],
  ];
  for (const [what, act] of ENDS) {
    it(`as it ${what} says so, with a button that loads it anew`, async () => {
      await act();
      await page.waitForSelector('.vango-notice[role=alert]');
      const { loads } = server;
      await page.click('.vango-notice button');
      await waitFor('the load', () => server.loads === loads + 1);
    });
  }

  it('says so without an inline style, which a policy may forbid, and in the look of the page', async () => {
    server.headers = {
      'content-security-policy': "default-src 'self'; style-src 'self' 'nonce-n'; connect-src *",
    };
    server.html =
      '<style nonce="n">.vango-notice { position: static; --vango-notice-color: #fff }</style><p>x</p>';
    const violations: string[] = [];
    page.on('console', message => {
      if (message.text().includes('Content Security Policy')) violations.push(message.text());
    });
    await greet(4);
    await page.waitForSelector('.vango-notice');
    const styles =
      '(s => [s.position, s.display])(getComputedStyle(document.querySelector(".vango-notice")))';
    expect(await page.evaluate(styles)).to.deep.equal(['static', 'flex']);
    expect(violations).to.deep.equal([]);
  });

  it('says what the page has it say', async () => {
    server.html = '<template data-vango-disconnected><b>Bitte</b><button>neu laden</button></template>';
    await greet(4);
    await page.waitForSelector('.vango-notice');
    expect(await page.innerHTML('.vango-notice')).to.equal('<b>Bitte</b><button>neu laden</button>');
  });

  it('says nothing any more once it is connected again', async () => {
    await greet(4);
    await page.waitForSelector('.vango-notice');
    await page.evaluate('__vango__.retryConnect()');
    await waitFor('the second hello', () => server.hellos.length === 2);
    server.send(helloFrame());
    await page.waitForSelector('html.vango-connected');
    expect(await page.$('.vango-notice')).to.equal(null);
  });

  it('sends what was done while it connected, in order, once it is', async () => {
    server.html =
      '<form data-hid="h4" data-ve="submit"><input name="q"><button>go</button></form><i data-hid="h5" data-ve="click">i</i>';
    await page.goto(await server.listen());
    await waitFor('the hello', () => server.hellos.length === 1);
    await page.click('i');
    await page.fill('[name=q]', 'early');
    await page.click('button');
    server.send(helloFrame());
    await waitFor('the events', () => server.events.length === 2);
    expect(server.events).to.deep.equal([
      { seq: 1, type: 'Click', hid: 'h5', data: undefined },
      { seq: 2, type: 'Submit', hid: 'h4', data: [['q', 'early']] },
    ]);
  });

  it('keeps a hundred events for later, and tells of each that is one too many', async () => {
    server.html = '<i data-hid="h5" data-ve="click">i</i>';
    await page.goto(await server.listen());
    await waitFor('the hello', () => server.hellos.length === 1);
    const lost = await page.evaluate(
      'window.lost = 0; document.addEventListener("vango:lost", () => lost++); for (let n = 0; n < 103; n++) document.querySelector("i").click(); lost',
    );
    expect(lost).to.equal(3);
    server.send(helloFrame());
    await waitFor('the events', () => server.events.length === 100);
  });
});
