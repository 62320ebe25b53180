import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchBrowser } from './browser';
import { requirePart } from './requires';
import { ScriptedPage } from './scriptedPage';
import { ScriptedServer } from './scriptedServer';

/**
 * Starts Chromium before the tests of a suite and closes it after them.
 *
 * The suite is skipped where Chromium is missing.
 *
 * @param receive - Takes the browser once it runs.
 */
export function useBrowser(receive: (browser: Browser) => void | Promise<void>): void {
  let browser: Browser | undefined;
  before(async function () {
    requirePart(this, 'chromium');
    browser = await launchBrowser();
    await receive(browser);
  });
  after(() => browser?.close());
}

/**
 * Opens an empty page, in a browser context of its own, for each test of a suite.
 *
 * @param receive - Takes the page before each test.
 * @param options - Options of the browser context.
 */
export function usePage(receive: (page: Page) => void, options?: BrowserContextOptions): void {
  let browser: Browser;
  let page: Page;
  useBrowser(started => {
    browser = started;
  });
  beforeEach(async () => {
    const context = await browser.newContext(options);
    page = await context.newPage();
    receive(page);
  });
  afterEach(() => page.context().close());
}

/**
 * Starts a scripted server for each test of a suite.
 *
 * @param receive - Takes the server before each test.
 */
export function useScriptedServer(receive: (server: ScriptedServer) => void): void {
  let server: ScriptedServer;
  beforeEach(() => {
    server = new ScriptedServer();
    receive(server);
  });
  afterEach(() => server.stop());
}

/**
 * Opens one page with a scripted server for all tests of a suite.
 *
 * @param receive - Takes the page once it is open.
 * @param setup - A script that runs in the page before those of each document.
 */
export function useScriptedPage(receive: (scripted: ScriptedPage) => void, setup?: string): void {
  let scripted: ScriptedPage | undefined;
  after(() => scripted?.close());
  useBrowser(async browser => {
    scripted = await ScriptedPage.open(browser, setup);
    receive(scripted);
  });
}
