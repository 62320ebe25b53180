import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { type App, createApp, h, type PageProps } from '../../src';
import { usePage } from '../support/browserSuite';
import { Network } from '../support/proxy';

describe('navigation in the browser client', function () {
  this.timeout(60_000);
  let page: Page;
  let app: App;
  let network: Network;
  let origin: string;

  usePage(opened => {
    page = opened;
  });
  beforeEach(async () => {
    app = createApp();
    const long = (name: string) => (props: PageProps) =>
      h(
        'main',
        { id: name },
        h('h1', null, `${name}${props.query}`),
        ['/', '/list', '/list/item', '?page=2', 'item', '../', '/list#p150', '#p150', '/gone'].map(
          href => h('a', { 'data-vango-link': '', href, style: 'display:block' }, href),
        ),
        Array.from({ length: 200 }, (_, i) => h('p', { id: `p${i}` }, `${name} ${i}`)),
      );
    app.page('/', long('home'));
    app.page('/list', long('list'));
    app.page('/list/item', long('item'));
    const { port } = await app.listen(0, '127.0.0.1');
    network = new Network(port);
    origin = await network.listen();
  });
  afterEach(async () => {
    await network.close();
    await app.close();
  });

  async function open(path: string): Promise<void> {
    await page.goto(origin + path);
    await page.waitForSelector('html.vango-connected');
    await evaluate('void (window.isThere = true)');
  }

  const evaluate = <T>(expression: string): Promise<T> => page.evaluate(expression) as Promise<T>;
  const follow = (href: string): Promise<void> =>
    evaluate(`document.querySelector('main > a[href="${href}"]').click()`);
  /** Waits until the page and its address are these, without a load. */
  async function at(title: string, address: string): Promise<void> {
    await page.waitForFunction(
      ([title, address]) =>
        document.querySelector('h1')?.textContent === title &&
        location.pathname + location.search + location.hash === address &&
        (window as { isThere?: boolean }).isThere,
      [title, address] as const,
    );
  }
  const scrolled = (top: number): Promise<unknown> =>
    page.waitForFunction(top => Math.abs(scrollY - top) < 2, top);

  it('restores the scroll position when the user goes back and forward', async () => {
    await open('/');
    await evaluate('scrollTo(0, 3000)');
    await follow('/list');
    await at('list', '/list');
    await scrolled(0);
    await evaluate('scrollTo(0, 1000)');
    await follow('/list/item');
    await at('item', '/list/item');
    await scrolled(0);
    await page.goBack();
    await at('list', '/list');
    await scrolled(1000);
    await page.goBack();
    await at('home', '/');
    await scrolled(3000);
    await page.goForward();
    await at('list', '/list');
    await scrolled(1000);
  });

  it('lets the browser restore the scroll position after a reload', async () => {
    await open('/');
    await follow('/list');
    await at('list', '/list');
    await evaluate('scrollTo(0, 1000)');
    await scrolled(1000);
    await page.reload();
    await page.waitForSelector('html.vango-connected');
    await scrolled(1000);
  });

  it('keeps the hash of a link to another page, and scrolls to its element', async () => {
    await open('/');
    await follow('/list#p150');
    await at('list', '/list#p150');
    await scrolled(await evaluate('document.querySelector("#p150").offsetTop'));
    await evaluate('scrollTo(0, 10)');
    await follow('#p150');
    await scrolled(await evaluate('document.querySelector("#p150").offsetTop'));
    await at('list', '/list#p150');
    await page.goBack();
    await at('home', '/');
    await scrolled(0);
  });

  const RELATIVE: ReadonlyArray<[from: string, href: string, title: string, address: string]> = [
    ['/list', '?page=2', 'listpage=2', '/list?page=2'],
    ['/list/item', 'item', 'item', '/list/item'],
    ['/list/item', '../', 'home', '/'],
    ['/list/item?a=1', '?page=2', 'itempage=2', '/list/item?page=2'],
  ];
  for (const [from, href, title, address] of RELATIVE) {
    it(`follows ${href} on ${from} to ${address}`, async () => {
      await open(from);
      await follow(href);
      await at(title, address);
    });
  }

  it('stays on the page if the target does not exist', async () => {
    await open('/list');
    await evaluate(
      'window.failed = []; document.addEventListener("vango:error", ({ detail }) => failed.push(detail.code))',
    );
    await follow('/gone');
    await page.waitForFunction('failed.length > 0');
    await at('list', '/list');
    await follow('/');
    await at('home', '/');
    await page.goBack();
    await at('list', '/list');
  });

  const FOREIGN = [
    'javascript:window.pwned=1',
    'JavaScript:window.pwned=1',
    'java\nscript:window.pwned=1',
    ' javascript:window.pwned=1',
    'data:text/html,<script>opener.pwned=1</script>',
    '//elsewhere.example/',
    '/\\elsewhere.example/',
    '\\\\elsewhere.example/',
    '/\t/elsewhere.example/',
    'https://elsewhere.example/',
  ];
  for (const path of FOREIGN) {
    it(`ignores ${JSON.stringify(path)}, also after a reconnect`, async () => {
      await open('/');
      await evaluate(
        `document.dispatchEvent(new CustomEvent('vango:navigate', { detail: { path: ${JSON.stringify(path)} } }))`,
      );
      network.cut();
      await page.waitForSelector('html.vango-reconnecting');
      await evaluate('dispatchEvent(new Event("online"))');
      await page.waitForSelector('html.vango-connected');
      await follow('/list');
      await at('list', '/list');
      expect(await evaluate('window.pwned')).to.equal(undefined);
    });
  }

  it('continues a navigation that was pending when the connection was lost', async () => {
    await open('/');
    network.strand();
    await follow('/list');
    network.cut();
    await page.waitForSelector('html.vango-reconnecting');
    await at('list', '/list');
    await page.goBack();
    await at('home', '/');
  });

  it('shows the page of its address if the user went back while disconnected', async () => {
    await open('/');
    await follow('/list');
    await at('list', '/list');
    network.offline = true;
    await page.waitForSelector('html.vango-reconnecting');
    await page.goBack();
    network.offline = false;
    await at('home', '/');
    await page.goForward();
    await at('list', '/list');
  });

  it('shows the page of its address after quick moves in the history', async () => {
    await open('/');
    await follow('/list');
    await at('list', '/list');
    await follow('/list/item');
    await at('item', '/list/item');
    await evaluate('history.back(); history.back()');
    await at('home', '/');
    await evaluate('history.forward(); history.back(); history.forward()');
    await page.waitForFunction(() => {
      const titles: Record<string, string> = { '/': 'home', '/list': 'list', '/list/item': 'item' };
      return document.querySelector('h1')?.textContent === titles[location.pathname];
    });
    await follow('/list/item');
    await at('item', '/list/item');
  });
});
