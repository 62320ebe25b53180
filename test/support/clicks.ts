import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { createApp, h, NOOP_METRICS, Session, signal, type UnitOfWork } from '../../vango/src';
import { quantile } from '../../vango/test/support/load';
import { silentLogger } from '../../vango/test/support/logger';
import { SlowNetwork } from '../../vango/test/support/slowNetwork';
import { waitFor } from '../../vango/test/support/wait';

/** One way to the server, and what it does there. In milliseconds. */
export interface Circumstances {
  readonly up: number;
  readonly down: number;
  readonly handler: number;
}

/** What was measured of clicks, in order, in milliseconds. */
export interface Measured {
  /** From the click to the change, as the page saw it. */
  readonly seen: readonly number[];
  /** The same, as the server tells it. */
  readonly perceived: readonly number[];
  /** What that is made of. */
  readonly parts: ReadonlyArray<
    Readonly<Record<'queue' | 'handling' | 'network' | 'browser', number>>
  >;
  /** Clicks whose paint the browser attributed to them. */
  readonly painted: number;
  /** Navigations, and those that the browser took for one. */
  readonly navigations: number;
  readonly softNavigations: number;
  /** From the clicks to the changes, as measures in the timeline tell. */
  readonly marked: readonly number[];
}

/** Watches the page as scripts of real user monitoring do. */
const WATCH = `
  window.seen = []; window.marked = []; window.painted = []; window.softly = [];
  const watch = (type, list, of) => new PerformanceObserver(entries => {
    for (const entry of entries.getEntries()) list.push(of(entry));
  }).observe({ type, buffered: true });
  watch('interaction-contentful-paint', painted, entry => entry.interactionId);
  watch('soft-navigation', softly, entry => entry.name);
  watch('measure', marked, ({ name, duration }) => [name, duration]);
  addEventListener('click', event => { window.clickedAt = event.timeStamp; }, true);
  addEventListener('DOMContentLoaded', () => {
    new MutationObserver(() => seen.push(performance.now() - clickedAt))
      .observe(document.querySelector('#count'), { childList: true, characterData: true, subtree: true });
  });`;

/** Clicks in a browser that is as far away as said, one click after the other. */
export async function measureClicks(
  browser: Browser,
  { up, down, handler }: Circumstances,
  clicks: number,
  navigations: number,
): Promise<Measured> {
  const units: UnitOfWork[] = [];
  let roundTrips = 0;
  const { eventShown } = Session.prototype;
  Session.prototype.eventShown = function (unit) {
    units.push(unit);
    eventShown.call(this, unit);
  };
  const app = createApp({ logger: silentLogger() });
  app.setMetrics({ ...NOOP_METRICS, recordRoundTrip: () => void roundTrips++ });
  app
    .page('/', () => {
      const count = signal(0);
      const add = async (): Promise<void> => {
        if (handler > 0) await new Promise(resolve => setTimeout(resolve, handler));
        count.update(n => n + 1);
      };
      return h('main', null, [
        h('h1', { id: 'count' }, `${count.value} clicks`),
        h('button', { id: 'add', onClick: add }, 'add'),
        h('a', { id: 'next', href: '/pages/0', 'data-link': 'true' }, 'next'),
      ]);
    })
    .page('/pages/:n', ({ params }) =>
      h('main', null, [
        h('h1', { id: 'shown' }, `page ${params.n}`),
        h('p', null, `This is another page, with the number ${params.n}.`),
        h('a', { id: 'next', href: `/pages/${Number(params.n) + 1}`, 'data-link': 'true' }, 'next'),
      ]),
    );
  const { port } = await app.listen(0, '127.0.0.1');
  const network = new SlowNetwork(port, up, down);
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.addInitScript(WATCH);
    await page.goto(await network.listen());
    await page.waitForSelector('html.vango-connected');
    await waitFor('a round trip', () => roundTrips > 0);
    for (let i = 0; i < clicks; i++) {
      await page.click('#add');
      await waitFor('the ack', () => units.length > i);
    }
    const list = <T>(name: string): Promise<T[]> => page.evaluate(name) as Promise<T[]>;
    const seen = await list<number>('seen');
    const painted = await settled(page, 'new Set(painted).size');
    const shown = units.splice(0);
    for (let i = 0; i < navigations; i++) {
      await page.click('#next');
      await page.waitForFunction(`location.pathname === '/pages/${i}'`);
      await waitFor('the ack', () => units.length > i);
      await settled(page, 'softly.length');
    }
    const marked = await list<[string, number]>('marked');
    return {
      seen,
      painted,
      navigations,
      softNavigations: await settled(page, 'softly.length'),
      marked: marked.filter(([name]) => name === 'vango:Click').map(([, time]) => time),
      perceived: shown.map(({ perceivedTime }) => perceivedTime * 1000),
      parts: shown.map(({ queueTime = 0, handlingTime, networkTime = 0, browserTime }) => ({
        queue: queueTime * 1000,
        handling: handlingTime * 1000,
        network: networkTime * 1000,
        browser: browserTime * 1000,
      })),
    };
  } finally {
    Session.prototype.eventShown = eventShown;
    await context.close();
    await network.close();
    await app.close();
  }
}

/** A number of the page once it has stayed the same for some frames. */
async function settled(page: Page, expression: string): Promise<number> {
  return (await page.evaluate(`(async () => {
    let before;
    for (let same = 0; same < 20; ) {
      await new Promise(resolve => requestAnimationFrame(resolve));
      const now = ${expression};
      same = now === before ? same + 1 : 0;
      before = now;
    }
    return before;
  })()`)) as number;
}

/** Checks that the server and the browser tell the same of clicks as the page saw. */
export function expectAgreement(measured: Measured): void {
  const { seen, perceived, parts, painted, navigations, softNavigations, marked } = measured;
  const told = JSON.stringify(measured, (_, value) =>
    typeof value === 'number' ? Math.round(value * 10) / 10 : value,
  );
  expect(perceived.length, told).to.equal(seen.length);
  expect(quantileOf(perceived, 0.5), told).to.be.closeTo(quantileOf(seen, 0.5), 5);
  const differences = perceived.map((time, i) => Math.abs(time - (seen[i] ?? Number.NaN)));
  expect(quantileOf(differences, 0.95), told).to.be.at.most(15);
  for (const [i, { queue, handling, network, browser }] of parts.entries())
    expect(queue + handling + network + browser, told).to.be.closeTo(perceived[i] as number, 1e-6);
  // Nothing runs in the page, so what the network and the server did not take is next to nothing.
  const rest = quantileOf(
    parts.map(({ browser }) => browser),
    0.5,
  );
  expect(rest, told).to.be.within(-10, 10);
  expect(painted / seen.length, told).to.be.at.least(0.95);
  expect(softNavigations, told).to.equal(navigations);
  const late = marked.map((time, i) => Math.abs(time - (seen[i] ?? Number.NaN)));
  expect(quantileOf(late, 0.95), told).to.be.at.most(5);
}

function quantileOf(values: readonly number[], share: number): number {
  return quantile(Float64Array.from(values).sort(), share);
}
