import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchBrowser } from '../../vango/test/support/browser';
import { stopChildren } from '../../vango/test/support/child';
import { startRedis } from '../../vango/test/support/redis';
import { requirePart } from '../../vango/test/support/requires';
import { OtlpReceiver } from './otlpReceiver';
import { Payments } from './payments';
import { Shop } from './shop';

/** What a hostile client sends: markup, and a link that is a script. */
export const HOSTILE = '<img src=x onerror=alert(1)>javascript:alert(2)';

/** The example shop, somebody who visits it, and somebody who looks at its live view. */
export class LiveShop {
  /** What the console of the view said, and whether a script of somebody ran there. */
  readonly said: string[] = [];

  private constructor(
    readonly receiver: OtlpReceiver,
    readonly shop: Shop,
    readonly browser: Browser,
    readonly visitor: Page,
    readonly view: Page,
    private readonly payments: Payments,
  ) {
    view.on('console', message => this.said.push(message.text()));
    view.on('pageerror', error => this.said.push(String(error)));
    view.on('dialog', dialog => {
      this.said.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
  }

  /** The address that the start line has, with its token. */
  get url(): string {
    return /live view: (\S+)/.exec(this.shop.output)?.[1] ?? '';
  }

  get origin(): string {
    return new URL(this.url).origin;
  }

  static async start(): Promise<LiveShop> {
    const payments = new Payments(120);
    const receiver = await OtlpReceiver.start();
    const startShop = async (): Promise<Shop> =>
      Shop.start(
        {
          ...receiver.traceEnvironment,
          NODE_OPTIONS: '--enable-source-maps',
          SHOP_REDIS: await startRedis(),
          SHOP_PAYMENTS: await payments.start(),
        },
        {
          node: process.execPath,
          cwd: undefined,
          main: 'examples/shop/build/main.js',
          preloads: ['@vango/opentelemetry/register', './test/fixtures/shopClients.cjs'],
        },
      );
    const [shop, browser] = await Promise.all([startShop(), launchBrowser()]);
    const pageOf = async (context: Promise<BrowserContext>): Promise<Page> =>
      (await context).newPage();
    const [visitor, view] = await Promise.all([
      pageOf(browser.newContext()),
      pageOf(browser.newContext()),
    ]);
    return new LiveShop(receiver, shop, browser, visitor, view, payments);
  }

  /** Opens the live view, and then the shop. */
  async open(): Promise<void> {
    await this.view.goto(this.url);
    await this.view.waitForSelector('#state[data-state="live"]');
    await this.visitor.goto(`http://localhost:${this.shop.port}/`);
    await this.visitor.waitForSelector('html.vango-connected');
  }

  /** Shows a topic, once a selector shows that it has its content. */
  async show(topic: string, selector: string): Promise<void> {
    await this.view.goto(`${this.origin}/#${topic}`);
    await this.view.waitForSelector(selector);
  }

  /** The text of an element of the view. */
  async text(selector: string): Promise<string> {
    const told = await this.view.locator(selector).first().textContent({ timeout: 10_000 });
    return told ?? '';
  }

  /** Clicks a button of the shop whose handler fails. */
  async fail(): Promise<void> {
    await this.visitor.click('#report');
  }

  /** Orders what is in the cart. */
  async checkOut(): Promise<void> {
    const { visitor } = this;
    await visitor.click('#to-checkout');
    await visitor.fill('#name', 'Ann');
    await visitor.fill('#email', 'ann@example.org');
    await visitor.click('#submit');
    await visitor.waitForSelector('#thanks');
  }

  /** Opens a page of the shop whose path is markup. */
  async visitHostile(): Promise<Page> {
    const guest = await this.browser.newPage();
    await guest.goto(`http://localhost:${this.shop.port}/products/${encodeURIComponent(HOSTILE)}`);
    await guest.waitForSelector('html.vango-connected');
    await guest.waitForSelector('text=We do not know how many are left');
    return guest;
  }

  async stop(): Promise<void> {
    this.payments.stop();
    await Promise.all([this.browser.close(), this.receiver.stop()]);
  }
}

/**
 * Opens the live view of a shop before the tests of a suite.
 *
 * @param receive - Takes the shop.
 */
export function useLiveShop(receive: (stage: LiveShop) => void): void {
  let stage: LiveShop | undefined;
  before(async function () {
    requirePart(this, 'chromium');
    requirePart(this, 'redis-server');
    stage = await LiveShop.start();
    receive(stage);
    await stage.open();
  });
  after(async () => {
    await stage?.stop();
    await stopChildren();
  });
}
