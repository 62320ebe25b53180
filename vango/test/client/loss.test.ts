import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchBrowser } from '../../../test/support/browser';
import { Network } from '../../../test/support/proxy';
import { requirePart } from '../../../test/support/requires';
import { type App, fileStore } from '../../src';
import { lookAtWorkshop, useWorkshop, workshop } from '../support/workshop';

describe('a page whose line is lost', function () {
  this.timeout(60_000);
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let app: App;
  let network: Network;
  let folder: string;

  before(async function () {
    requirePart(this, 'chromium');
    browser = await launchBrowser();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vango-loss-'));
    context = await browser.newContext();
    page = await context.newPage();
  });
  afterEach(async () => {
    await context.close();
    await network.close();
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(): Promise<void> {
    const { port } = await app.listen(0, '127.0.0.1');
    network = new Network(port);
    await page.goto(await network.listen());
    await page.waitForSelector('html.vango-connected');
  }

  async function lose(milliseconds: number): Promise<void> {
    network.offline = true;
    await page.waitForSelector('html.vango-reconnecting');
    await new Promise(resolve => setTimeout(resolve, milliseconds));
    network.offline = false;
    await page.waitForSelector('html.vango-connected');
  }

  /** Waits for the answer to a click: all that the server has to say of the page came before it. */
  async function answer(): Promise<void> {
    const before = Number(await page.textContent('#add'));
    await page.evaluate("document.querySelector('#add').click()");
    await page.waitForFunction(
      count => document.querySelector('#add')?.textContent === String(count),
      before + 1,
    );
  }

  it('stays as it is, with all the user did, and is not drawn anew', async () => {
    app = workshop();
    await open();
    await useWorkshop(page);
    const before = await lookAtWorkshop(page);
    expect(before).to.deep.include({
      details: true,
      modal: true,
      frame: 'not loaded again',
      canvas: 255,
      video: 1,
    });
    expect(before.strangers).to.deep.equal([]);
    await lose(1000);
    await answer();
    expect(await lookAtWorkshop(page)).to.deep.equal({ ...before, clicks: '2' });
  });

  it('stays as it is when the server is started anew with what it stored', async () => {
    const persist = (): { persist: { store: ReturnType<typeof fileStore> } } => ({
      persist: { store: fileStore(folder) },
    });
    app = workshop(persist());
    await open();
    await useWorkshop(page);
    const before = await lookAtWorkshop(page);
    network.offline = true;
    await app.close();
    app = workshop(persist());
    network.port = (await app.listen(0, '127.0.0.1')).port;
    network.offline = false;
    await page.waitForSelector('html.vango-connected');
    await answer();
    expect(await lookAtWorkshop(page)).to.deep.equal({ ...before, clicks: '2' });
  });

  it('keeps all but what changed on the server when it is started anew and renders something else', async () => {
    const persist = (): { persist: { store: ReturnType<typeof fileStore> } } => ({
      persist: { store: fileStore(folder) },
    });
    app = workshop(persist());
    await open();
    await useWorkshop(page);
    const before = await lookAtWorkshop(page);
    network.offline = true;
    await app.close();
    app = workshop(persist(), () => 'something new');
    network.port = (await app.listen(0, '127.0.0.1')).port;
    network.offline = false;
    await page.waitForFunction(() => document.querySelector('#extra')?.textContent === 'something new');
    await answer();
    expect(await lookAtWorkshop(page)).to.deep.equal({ ...before, clicks: '2' });
  });
});
