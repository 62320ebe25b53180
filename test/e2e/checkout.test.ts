import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../vango/test/support/browser';
import { stopChildren } from '../../vango/test/support/child';
import { startRedis } from '../../vango/test/support/redis';
import { requirePart } from '../../vango/test/support/requires';
import { waitFor } from '../../vango/test/support/wait';
import { OtlpReceiver } from '../support/otlpReceiver';
import { install, installShop, PLATFORMS, type Platform } from '../support/packages';
import type { ReceivedSpan } from '../support/received';
import { Shop } from '../support/shop';

/** Kinds of span by their number in OTLP. */
const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;

const VANGO = '@vango/opentelemetry';
const stock = (name: string): string => `@opentelemetry/instrumentation-${name}`;

/** A span: its name, kind and scope, and the name of its parent in the same trace, if any. */
type Edge = readonly [name: string, kind: (typeof KINDS)[number], scope: string, parent?: string];

/** All spans of each trace, which is named by one of them. */
const TRACES: ReadonlyArray<{ title: string; of: string; edges: readonly Edge[] }> = [
  {
    title: 'the request, the render, the connect and the mount of the page are below each other',
    of: 'vango.connect',
    edges: [
      ['GET', 'server', stock('http')],
      ['vango.ssr', 'internal', VANGO, 'GET'],
      ['vango.connect', 'server', VANGO, 'vango.ssr'],
      ['vango.mount', 'internal', VANGO, 'vango.connect'],
    ],
  },
  {
    title: 'the click before has nothing of the order',
    of: 'vango.Click',
    edges: [['vango.Click', 'server', VANGO]],
  },
  {
    title: 'neither has the way to the checkout',
    of: 'vango.Navigate',
    edges: [['vango.Navigate', 'server', VANGO]],
  },
  {
    title: 'the order has its action, with the payment and the stock below it',
    of: 'vango.Submit',
    edges: [
      ['vango.Submit', 'server', VANGO],
      ['vango.action order', 'internal', VANGO, 'vango.Submit'],
      ['tcp.connect', 'internal', stock('net'), 'vango.action order'],
      ['POST', 'client', stock('undici'), 'vango.action order'],
      ['redis-INCRBY', 'client', stock('redis'), 'vango.action order'],
    ],
  },
  {
    title: 'what applies the result is alone',
    of: 'vango.dispatch',
    edges: [['vango.dispatch', 'internal', VANGO]],
  },
];

/** A payment service that takes all money, and keeps what it was told of traces. */
class Payments {
  readonly traceparents: unknown[] = [];
  private readonly server = createServer((request, response) => {
    this.traceparents.push(request.headers.traceparent);
    request.resume();
    response.end();
  });

  async start(): Promise<void> {
    await new Promise<void>(resolve => this.server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  stop(): void {
    this.server.close();
  }
}

/** A shop on Redis, with the stock instrumentations beside ours. */
async function startShop(
  platform: Platform,
  receiver: OtlpReceiver,
  payments: Payments,
): Promise<Shop> {
  const installation = install(platform);
  const main = installShop(installation);
  return Shop.start(
    { ...receiver.environment, SHOP_REDIS: await startRedis(), SHOP_PAYMENTS: payments.url },
    { node: installation.node, cwd: installation.folder, main, preloads: ['./auto-sdk.cjs'] },
  );
}

/** Orders a cup; gives the id of the session. */
async function order(page: Page, origin: string): Promise<string> {
  await page.goto(origin);
  await page.waitForSelector('html.vango-connected');
  await page.click('#add-cup');
  await page.waitForFunction(() => document.querySelector('#cart-count')?.textContent === '1');
  await page.click('#to-checkout');
  await page.fill('#name', 'Ann');
  await page.fill('#email', 'ann@example.org');
  await page.click('#submit');
  await page.waitForSelector('#thanks');
  return (await page.evaluate(`sessionStorage.getItem('__vango_session_id')`)) as string;
}

const idsOf = ({ traceId, spanId }: { traceId: string; spanId: string }): object => ({
  traceId,
  spanId,
});
const linksOf = ({ links }: ReceivedSpan): object[] => links.map(idsOf);

for (const platform of PLATFORMS) {
  describe(`the trace of a checkout, ${platform.label}`, function () {
    this.timeout(240_000);
    const payments = new Payments();
    let receiver: OtlpReceiver;
    let browser: Browser;
    let shop: Shop;
    let sessionId: string;

    before(async function () {
      requirePart(this, 'chromium');
      requirePart(this, 'redis-server');
      await payments.start();
      receiver = await OtlpReceiver.start();
      shop = await startShop(platform, receiver, payments);
      browser = await launchBrowser();
      sessionId = await order(await browser.newPage(), `http://127.0.0.1:${shop.port}/`);
      const isThere = (): boolean =>
        receiver.logs.length > 0 &&
        TRACES.every(({ of, edges }) => traceOf(of).length >= edges.length);
      // What is missing is said by the test that looks for it.
      await waitFor('all traces and the log record', isThere, 5000).catch(() => {});
    });
    after(async () => {
      await browser?.close();
      await stopChildren();
      await receiver?.stop();
      payments.stop();
    });

    function only(name: string): ReceivedSpan {
      const spans = receiver.named(name);
      expect(spans, name).to.have.length(1);
      return spans[0] as ReceivedSpan;
    }

    /** All spans of the trace that has a span of this name. */
    function traceOf(name: string): ReceivedSpan[] {
      const traceId = receiver.named(name)[0]?.traceId;
      return receiver.spans.filter(span => span.traceId === traceId);
    }

    function edgesOf(trace: readonly ReceivedSpan[]): unknown[][] {
      const parentOf = ({ parentSpanId }: ReceivedSpan): string =>
        trace.find(({ spanId }) => spanId === parentSpanId)?.name ??
        `${parentSpanId}, which is elsewhere`;
      return trace.map(span => [
        ...[span.name, KINDS[span.kind], span.scope],
        ...(span.parentSpanId === '' ? [] : [parentOf(span)]),
      ]);
    }

    for (const { title, of, edges } of TRACES) {
      it(title, () => {
        only(of);
        expect(edgesOf(traceOf(of))).to.have.deep.members(edges);
      });
    }

    it('the request is the one for the page', () => {
      const [request] = traceOf('vango.connect').filter(({ name }) => name === 'GET');
      expect(request?.attributes).to.include({ 'http.request.method': 'GET', 'url.path': '/' });
    });

    it('each event is linked to the connect, and to nothing else', () => {
      for (const name of ['vango.Click', 'vango.Navigate', 'vango.Submit'])
        expect(linksOf(only(name)), name).to.deep.equal([idsOf(only('vango.connect'))]);
    });

    it('the payment service is called in the trace of the order', () => {
      const { traceId } = only('vango.Submit');
      const { spanId, attributes } = only('POST');
      expect(attributes).to.include({ 'http.request.method': 'POST', 'url.full': payments.url });
      expect(payments.traceparents).to.deep.equal([`00-${traceId}-${spanId}-01`]);
    });

    it('the stock is taken off in Redis', () => {
      expect(only('redis-INCRBY').attributes).to.include({
        'db.system.name': 'redis',
        'db.query.text': 'INCRBY shop:stock:cup 1',
      });
    });

    it('the line in the log names the action, and so does the record', () => {
      const { traceId, spanId } = only('vango.action order');
      const lines = shop.output.split('\n').filter(line => line.includes('"an order is placed"'));
      expect(
        lines.map(line => JSON.parse(line)).map(line => [line.trace_id, line.span_id]),
      ).to.deep.equal([[traceId, spanId]]);
      expect(
        receiver.logs.map(log => [log.body, log.scope, log.traceId, log.spanId]),
      ).to.deep.equal([['an order is placed', stock('pino'), traceId, spanId]]);
    });

    it('what applies the result is linked to the trace of the order', () => {
      const [link, ...others] = only('vango.dispatch').links;
      expect(others).to.deep.equal([]);
      expect(link?.traceId).to.equal(only('vango.Submit').traceId);
      expect(traceOf('vango.Submit').map(({ spanId }) => spanId)).to.include(link?.spanId);
    });

    it('the spans of the shop have our scope, and those of the session its id', () => {
      const own = receiver.spans.filter(({ name }) => name.startsWith('vango'));
      expect(own).to.deep.equal(receiver.spans.filter(({ scope }) => scope === VANGO));
      // A page has no session yet; there may be more than one, as the browser asks for an icon.
      const sessions = own
        .filter(({ name }) => name !== 'vango.ssr')
        .map(({ name, attributes }) => [name, attributes['session.id']]);
      const expected = TRACES.flatMap(({ edges }) => edges)
        .filter(([name, , scope]) => scope === VANGO && name !== 'vango.ssr')
        .map(([name]) => [name, sessionId]);
      expect(sessions).to.have.deep.members(expected);
    });
  });
}
