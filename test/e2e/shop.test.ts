import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../vango/test/support/browser';
import { Child, stopChildren } from '../../vango/test/support/child';
import { requirePart } from '../../vango/test/support/requires';
import { freePort, waitFor } from '../../vango/test/support/wait';
import { OtlpReceiver } from '../support/otlpReceiver';
import { Prometheus, promtoolComplaints, type Scrape, scrape } from '../support/prometheus';

const ERROR = 2;

describe('the shop, started as npm start does', function () {
  this.timeout(60_000);
  let browser: Browser;
  let page: Page;
  let receiver: OtlpReceiver;
  let origin: string;
  let metricsPort: number;

  const text = (selector: string, expected: string): Promise<unknown> =>
    page.waitForFunction(
      ([s, e]) => document.querySelector(s as string)?.textContent === e,
      [selector, expected],
    );
  const metrics = (): Promise<Scrape> => scrape(`http://localhost:${metricsPort}/metrics`);
  const events = (
    scraped: Scrape,
    type: string,
    path: string,
    status = 'success',
  ): number | undefined => scraped.value('vango_events_total', { type, path, status });

  before(async function () {
    requirePart(this, 'chromium');
    receiver = await OtlpReceiver.start();
    metricsPort = await freePort();
    const env = {
      ...receiver.traceEnvironment,
      SHOP_SESSIONS: mkdtempSync(join(tmpdir(), 'vango-shop-')),
      PORT: '0',
      OTEL_EXPORTER_PROMETHEUS_PORT: String(metricsPort),
    };
    const shop = new Child('npm', ['start', '--ignore-scripts'], { env });
    origin = (await shop.until(/The shop is open at (\S+)/))[1] as string;
    browser = await launchBrowser();
    page = await browser.newPage();
    await page.goto(origin);
    await page.waitForSelector('html.vango-connected');
  });
  after(async () => {
    await browser?.close();
    await stopChildren();
    await receiver?.stop();
  });

  it('searches while the user types', async () => {
    await page.fill('#search', 'cup');
    await text('#found', '3 products');
    await page.fill('#search', 'kettle');
    await text('#found', '1 product');
    expect(await page.inputValue('#search')).to.equal('kettle');
  });

  it('adds to the cart, and counts each click', async () => {
    for (const count of ['1', '2', '3']) {
      await page.click('#add-kettle');
      await text('#cart-count', count);
    }
    const scraped = await metrics();
    expect(events(scraped, 'Click', '/')).to.equal(3);
    const inputs = events(scraped, 'Input', '/') ?? 0;
    expect(inputs).to.equal(2);
    expect(scraped.value('vango_event_duration_seconds_count', { path: '/' })).to.equal(3 + inputs);
    expect(scraped.value('vango_patches_sent_total')).to.be.above(0);
    expect(scraped.value('vango_patch_bytes_sum', { route: '/' })).to.be.above(0);
    expect(scraped.value('vango_sessions_active')).to.equal(1);
    expect(scraped.value('vango_sessions_detached')).to.equal(0);
    expect(scraped.value('nodejs_eventloop_delay_p99')).to.be.above(0);
  });

  it('keeps working after a handler that throws, which is counted and traced', async () => {
    await page.click('#report');
    await waitFor(
      'the failed event',
      async () => events(await metrics(), 'Click', '/', 'error') === 1,
    );
    const scraped = await metrics();
    expect(
      scraped.value('vango_event_errors_total', { path: '/', error_type: 'internal' }),
    ).to.equal(1);
    const failed = await waitFor('the span', () =>
      receiver.named('vango.Click').find(({ status }) => status.code === ERROR),
    );
    expect(failed.attributes['error.type']).to.equal('internal');
    expect(
      failed.events.map(({ name, attributes }) => [name, attributes['exception.message']]),
    ).to.deep.equal([['exception', 'The feedback service is not reachable']]);
    await page.click('#add-kettle');
    await text('#cart-count', '4');
  });

  it('shows what is wrong with an order, then accepts the order', async () => {
    await page.click('#to-checkout');
    await text('#lines', '4 × Kettle');
    await page.fill('#name', 'Ann');
    await page.click('#submit');
    await text('#email-error', 'Please give an e-mail address.');
    expect(await page.inputValue('#name')).to.equal('Ann');
    await page.fill('#email', 'ann@example.org');
    await page.click('#submit');
    await text('#thanks', 'Thank you, Ann. Your order is on its way.');
    await text('#cart-count', '0');
    expect(events(await metrics(), 'Submit', '/checkout')).to.equal(2);
  });

  it('navigates without loading the page, by template in the metrics', async () => {
    await page.click('text=Products');
    await page.waitForSelector('#search');
    await page.click('text=Teapot');
    await text('#product h1', 'Teapot');
    expect(new URL(page.url()).pathname).to.equal('/products/teapot');
    expect(await page.title()).to.equal('teapot – Kettle & Cup');
    await page.goBack();
    await page.waitForSelector('#search');
    const scraped = await metrics();
    expect(events(scraped, 'Navigate', '/products/:id')).to.equal(1);
    expect(events(scraped, 'Navigate', '/')).to.equal(2);
  });

  it('traces the page, its connect and its mount as one, and each event as its own', async () => {
    const [ssr] = receiver.named('vango.ssr');
    const [connect] = receiver.named('vango.connect');
    const [mount] = receiver.named('vango.mount');
    expect(connect?.traceId).to.equal(ssr?.traceId);
    expect(connect?.parentSpanId).to.equal(ssr?.spanId);
    expect(mount?.parentSpanId).to.equal(connect?.spanId);
    for (const event of [...receiver.named('vango.Click'), ...receiver.named('vango.Submit')]) {
      expect(event.parentSpanId).to.equal('');
      expect(event.links.map(({ spanId }) => spanId)).to.deep.equal([connect?.spanId]);
    }
    const traces = receiver.named('vango.Click').map(({ traceId }) => traceId);
    expect(new Set(traces).size).to.equal(traces.length);
  });

  it('satisfies promtool', async function () {
    requirePart(this, 'promtool');
    const complaints = promtoolComplaints((await metrics()).text);
    expect(
      complaints.filter(
        line => !/^vango_(resource|action)_duration_ms .*abbreviated units/.test(line),
      ),
    ).to.deep.equal([]);
  });

  it('is scraped by Prometheus, which answers queries', async function () {
    requirePart(this, 'prometheus');
    const prometheus = await Prometheus.start(`localhost:${metricsPort}`);
    try {
      expect(
        await prometheus.query('vango_events_total{type="Click",path="/",status="success"}'),
      ).to.equal(4);
      expect(await prometheus.query('sum(vango_event_duration_seconds_count)')).to.be.above(4);
      expect(await prometheus.query('vango_sessions_active')).to.equal(1);
    } finally {
      await prometheus.stop();
    }
  });

  it('has no active session soon after the tab is closed', async () => {
    await page.close();
    await waitFor(
      'no active session',
      async () => (await metrics()).value('vango_sessions_active') === 0,
    );
  });
});
