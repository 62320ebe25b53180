import { readFileSync } from 'node:fs';
import axe, { type AxeResults } from 'axe-core';
import { expect } from 'chai';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchBrowser } from '../../vango/test/support/browser';
import { Child, stopChildren } from '../../vango/test/support/child';
import { startRedis } from '../../vango/test/support/redis';
import { requirePart } from '../../vango/test/support/requires';
import { freePort, waitFor } from '../../vango/test/support/wait';
import { OtlpReceiver } from '../support/otlpReceiver';
import { Payments } from '../support/payments';
import { Shop } from '../support/shop';

const HOSTILE = '<img src=x onerror=alert(1)>javascript:alert(2)';
/** A view, and what shows that it has its content. */
const VIEWS = [
  ['overview/minute', '.plot canvas'],
  ['sessions/memory', 'tbody a'],
  ['failures', '.list a'],
  ['slow', '.list a'],
  ['telemetry', 'tbody tr'],
] as const;

describe('the live view of the shop', function () {
  this.timeout(60_000);
  const payments = new Payments(120);
  /** What the console of the view said, and whether a script of somebody ran. */
  const said: string[] = [];
  let receiver: OtlpReceiver;
  let browser: Browser;
  let shop: Shop;
  let visitor: Page;
  let context: BrowserContext;
  let view: Page;
  let origin: string;

  const text = (selector: string): Promise<string> =>
    view
      .locator(selector)
      .first()
      .textContent({ timeout: 10_000 })
      .then(told => told ?? '');
  const show = async (topic: string, selector: string): Promise<void> => {
    await view.goto(`${origin}/#${topic}`);
    await view.waitForSelector(selector);
  };

  before(async function () {
    requirePart(this, 'chromium');
    requirePart(this, 'redis-server');
    receiver = await OtlpReceiver.start();
    const env = {
      ...receiver.traceEnvironment,
      NODE_OPTIONS: '--enable-source-maps',
      SHOP_REDIS: await startRedis(),
      SHOP_PAYMENTS: await payments.start(),
    };
    shop = await Shop.start(env, {
      node: process.execPath,
      cwd: undefined,
      main: 'examples/shop/build/main.js',
      preloads: ['@vango/opentelemetry/register', './test/fixtures/shopClients.cjs'],
    });
    browser = await launchBrowser();
    context = await browser.newContext();
    view = await context.newPage();
    view.on('console', message => said.push(message.text()));
    view.on('pageerror', error => said.push(String(error)));
    view.on('dialog', dialog => {
      said.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    const [, url = ''] = /live view: (\S+)/.exec(shop.output) ?? [];
    origin = new URL(url).origin;
    await view.goto(url);
    await view.waitForSelector('#state[data-state="live"]');
    visitor = await browser.newPage();
    await visitor.goto(`http://localhost:${shop.port}/`);
    await visitor.waitForSelector('html.vango-connected');
  });
  after(async () => {
    await browser?.close();
    payments.stop();
    await stopChildren();
    await receiver?.stop();
  });

  it('opens at the address that the start line has, and shows it without the token', () => {
    expect(view.url()).to.equal(`${origin}/#overview/minute`.replace(/#.*/, ''));
    expect(shop.output.match(/token=/g)).to.have.length(1);
  });

  it('shows the numbers that were counted, as the scrape does', async () => {
    for (const count of ['1', '2', '3', '4']) {
      await visitor.click('#add-kettle');
      await visitor.waitForFunction(
        expected => document.querySelector('#cart-count')?.textContent === expected,
        count,
      );
    }
    await visitor.fill('#search', HOSTILE);
    await visitor.waitForFunction(() =>
      document.querySelector('#found')?.textContent?.startsWith('0'),
    );
    await visitor.fill('#search', '');
    await visitor.click('#report');
    const events = 4 + 2 + 1;
    await waitFor('the events', async () =>
      (await text('#tile-events-more')).startsWith(`${events} `),
    );
    expect(await text('#tile-errors-more')).to.equal('1 since the start');
    const share = `${((1 / events) * 100).toFixed(1)} %`;
    await waitFor('the share', async () => (await text('#tile-errors')) === share);
    expect(await text('#tile-sessions')).to.equal('1');
    expect(await text('#tile-sessions-more')).to.equal('0 detached');
    const cells = await view.locator('tbody tr').first().locator('td').allInnerTexts();
    expect([cells[0], cells[2], cells[5], cells[6]]).to.deep.equal(['/', share, `${events}`, '1']);
    const scraped = await shop.metrics();
    const sum = (name: string): number =>
      scraped.series(name).reduce((total, { value }) => total + value, 0);
    expect(sum('vango_events_total')).to.equal(events);
    expect(sum('vango_event_errors_total')).to.equal(1);
    expect(scraped.value('vango_sessions_active')).to.equal(1);
    const bytes = scraped.value('vango_patch_bytes_sum', { route: '/' }) ?? 0;
    const frames = scraped.value('vango_patch_bytes_count', { route: '/' }) ?? 1;
    expect(cells[4]).to.match(/ B$/);
    expect(Number.parseInt(cells[4] ?? '', 10)).to.be.closeTo(bytes / frames, 1);
    const millisecondsOf = (told: string): number =>
      Number.parseFloat(told) * (told.includes(' ms') ? 1 : 1000);
    const p95 = millisecondsOf(cells[3] ?? '') / 1000;
    const within = (bound: number): number =>
      scraped
        .series('vango_event_duration_seconds_bucket')
        .find(({ labels }) => labels.path === '/' && Number(labels.le) === bound)?.value ?? 0;
    // The bucket of the scrape that has the slowest of the events has the quantile too.
    const bound = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1].find(le => within(le) === events) ?? 0;
    expect(p95).to.be.at.most(bound * 1.05);
  });

  it('shows a failed click with the line of the shop', async () => {
    await show('failures', '.list a');
    expect(await text('.list a .title')).to.equal('Error: The feedback service is not reachable');
    await view.click('.list a');
    const stack = await text('#stack');
    const found = /^ +at onClick \((examples\/shop\/src\/pages\/Home\.tsx):(\d+):/m.exec(stack);
    const [, file = '', number] = found ?? [];
    const line = readFileSync(file, 'utf8').split('\n')[Number(number) - 1];
    expect(line).to.include("throw new Error('The feedback service is not reachable')");
    const facts = await view.locator('.detail .facts > div').allInnerTexts();
    const [click] = receiver.named('vango.Click').filter(({ status }) => status.code === 2);
    expect(facts.map(fact => fact.replace(/\s*\n\s*/g, ' '))).to.include.members([
      ...['Operation event Click', 'Component Home', 'Handler Home.onClick', 'Route /'],
      `Trace ${click?.traceId}`,
    ]);
  });

  it('shows a checkout as a waterfall, with the durations of its spans', async () => {
    await visitor.click('#to-checkout');
    await visitor.fill('#name', 'Ann');
    await visitor.fill('#email', 'ann@example.org');
    await visitor.click('#submit');
    await visitor.waitForSelector('#thanks');
    await show('slow', '.list a:has-text("Submit")');
    await view.click('.list a:has-text("Submit")');
    await view.waitForSelector('#waterfall');
    const rows = await view
      .locator('#waterfall li')
      .evaluateAll(items =>
        items.map(item => [
          item.querySelector('.name')?.textContent ?? '',
          Number.parseFloat(item.querySelector('.number')?.textContent ?? ''),
        ]),
      );
    const durationOf = (name: string): number => {
      const [span] = receiver.named(name);
      return span === undefined
        ? Number.NaN
        : Number(span.endTimeUnixNano - span.startTimeUnixNano) / 1e6;
    };
    await waitFor('the spans', () => receiver.named('redis-INCRBY').length > 0);
    expect(rows.map(([name]) => name)).to.deep.equal([
      ...['vango.Submit', 'vango.action order', 'POST', 'redis-INCRBY'],
    ]);
    for (const [name, milliseconds] of rows as Array<[string, number]>)
      expect(milliseconds, name).to.be.closeTo(durationOf(name), durationOf(name) * 0.01 + 0.01);
    expect(await text('#waterfall')).not.to.include('ann@example.org');
  });

  it('shows the timeline of a session, by the keyboard alone', async () => {
    await show('overview/minute', '.plot canvas');
    await view.focus('.skip');
    await view.keyboard.press('Tab');
    await view.keyboard.press('Tab');
    await view.keyboard.press('Enter');
    await view.waitForSelector('tbody a');
    expect(new URL(view.url()).hash).to.equal('#sessions/memory');
    await view.focus('tbody a');
    await view.keyboard.press('Enter');
    await view.waitForSelector('#timeline li');
    const told = await view.locator('#timeline .what').allInnerTexts();
    expect(told).to.include.members([
      ...['Connect', 'Mount', 'Click Home.onClick', 'Input Home.onInput'],
      ...['Navigate', 'Submit submit', 'Action order'],
    ]);
    expect(await text('main')).not.to.include(HOSTILE);
  });

  it('shows what clients sent as text', async () => {
    const guest = await browser.newPage();
    await guest.goto(`http://localhost:${shop.port}/products/${encodeURIComponent(HOSTILE)}`);
    await guest.waitForSelector('html.vango-connected');
    await guest.waitForSelector('text=We do not know how many are left');
    await show('sessions/memory', 'td:has-text("%3Cimg")');
    await show('failures', '.list a:has-text("<img")');
    await view.click('.list a:has-text("<img")');
    expect(await text('.detail h2')).to.include(HOSTILE);
    const scripts = await view.locator('script').count();
    const links = await view
      .locator('[href]')
      .evaluateAll(found => found.map(element => element.getAttribute('href')));
    expect(scripts).to.equal(1);
    expect(links.filter(href => !/^(#|data:image\/svg)/.test(href ?? ''))).to.deep.equal([]);
    await guest.close();
  });

  for (const [colorScheme, rules, views] of [
    ['light', {}, VIEWS],
    // All but the colours is the same.
    ['dark', { runOnly: ['color-contrast'] }, VIEWS.slice(0, 3)],
  ] as const) {
    it(`has nothing that axe objects to, in ${colorScheme}`, async () => {
      await view.emulateMedia({ colorScheme });
      for (const [topic, selector] of views) {
        await show(topic, selector);
        if (selector === '.list a') {
          await view.click(selector);
          await view.waitForSelector('.detail .facts, .detail .parts');
        }
        // The policy of the page lets no script in but its own; that of the test runs beside it.
        const { violations } = (await view.evaluate(
          `${axe.source}; axe.run(${JSON.stringify(rules)})`,
        )) as AxeResults;
        const told = violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
        expect(told, topic).to.deep.equal([]);
      }
    });
  }

  it('fits a phone', async () => {
    await view.setViewportSize({ width: 360, height: 740 });
    for (const [topic, selector] of VIEWS) {
      await show(topic, selector);
      const width = await view.evaluate('document.documentElement.scrollWidth');
      expect(width, topic).to.equal(360);
    }
  });

  it('had nothing to say in the console', () => {
    expect(said).to.deep.equal([]);
  });
});

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
