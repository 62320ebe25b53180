import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { type App, fileStore } from '../../src';
import { usePage } from '../support/browserSuite';
import { Network } from '../support/proxy';
import { lookAtWorkshop, useWorkshop, workshop } from '../support/workshop';

describe('a page that loses its connection', function () {
  this.timeout(60_000);
  let page: Page;
  let app: App;
  let network: Network;
  let folder: string;

  usePage(opened => {
    page = opened;
  });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vango-loss-'));
  });
  afterEach(async () => {
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

  it('keeps all user state without a full resync', async () => {
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

  it('keeps all user state when the server restarts with stored sessions', async () => {
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

  it('keeps unchanged elements when a restarted server renders another tree', async () => {
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
    await page.waitForFunction(
      () => document.querySelector('#extra')?.textContent === 'something new',
    );
    await answer();
    expect(await lookAtWorkshop(page)).to.deep.equal({ ...before, clicks: '2' });
  });
});
