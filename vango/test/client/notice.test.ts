import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { PatchOp } from '../../src/protocol';
import { usePage, useScriptedServer } from '../support/browserSuite';
import { helloFrame, type ScriptedServer } from '../support/scriptedServer';
import { waitFor } from '../support/wait';

describe('a page that does not reconnect by itself', function () {
  this.timeout(30_000);
  let page: Page;
  let server: ScriptedServer;

  usePage(opened => {
    page = opened;
  });
  useScriptedServer(started => {
    server = started;
    server.html = '<p data-hid="h4">x</p>';
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
    it(`shows a notice with a reload button if it ${what}`, async () => {
      await act();
      await page.waitForSelector('.vango-notice[role=alert]');
      const { loads } = server;
      await page.click('.vango-notice button');
      await waitFor('the load', () => server.loads === loads + 1);
    });
  }

  it('shows the notice without inline styles and in the style of the page', async () => {
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

  it('shows the notice that the page provides', async () => {
    server.html =
      '<template data-vango-disconnected><b>Bitte</b><button>neu laden</button></template>';
    await greet(4);
    await page.waitForSelector('.vango-notice');
    expect(await page.innerHTML('.vango-notice')).to.equal(
      '<b>Bitte</b><button>neu laden</button>',
    );
  });

  it('hides the notice once it is connected again', async () => {
    await greet(4);
    await page.waitForSelector('.vango-notice');
    await page.evaluate('__vango__.retryConnect()');
    await waitFor('the second hello', () => server.hellos.length === 2);
    server.send(helloFrame());
    await page.waitForSelector('html.vango-connected');
    expect(await page.$('.vango-notice')).to.equal(null);
  });

  it('sends the events of before the connection in order', async () => {
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

  it('holds up to a hundred events, and reports each further one as lost', async () => {
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
