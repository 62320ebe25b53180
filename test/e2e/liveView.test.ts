import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { waitFor } from '../../vango/test/support/wait';
import { HOSTILE, type LiveShop, useLiveShop } from '../support/liveShop';
import type { OtlpReceiver } from '../support/otlpReceiver';
import type { Scrape } from '../support/prometheus';
import type { Shop } from '../support/shop';

describe('the live view of the shop', function () {
  this.timeout(60_000);
  let stage: LiveShop;
  let view: Page;
  let visitor: Page;
  let shop: Shop;
  let receiver: OtlpReceiver;
  useLiveShop(started => {
    stage = started;
    ({ view, visitor, shop, receiver } = started);
  });

  it('opens at the address that the start line has, and shows it without the token', () => {
    expect(view.url()).to.equal(`${stage.origin}/`);
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
    await stage.fail();
    const events = 4 + 2 + 1;
    await waitFor('the events', async () =>
      (await stage.text('#tile-events-more')).startsWith(`${events} `),
    );
    expect(await stage.text('#tile-errors-more')).to.equal('1 since the start');
    const share = `${((1 / events) * 100).toFixed(1)} %`;
    await waitFor('the share', async () => (await stage.text('#tile-errors')) === share);
    expect(await stage.text('#tile-sessions')).to.equal('1');
    expect(await stage.text('#tile-sessions-more')).to.equal('0 detached');
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
    expect(inBucket(scraped, 'vango_event_duration_seconds', 0.95, cells[3])).to.equal(true);
    for (const [tile, metric] of [
      ['duration', 'vango_event_duration_seconds'],
      ['perceived', 'vango_event_perceived_seconds'],
    ] as const) {
      // An ack may come a second after its event.
      await waitFor(`the quantiles of ${tile}`, async () => {
        const now = await shop.metrics();
        const median = await stage.text(`#tile-${tile}`);
        const p95 = (await stage.text(`#tile-${tile}-more`)).replace('median · p95 ', '');
        return inBucket(now, metric, 0.5, median) && inBucket(now, metric, 0.95, p95);
      });
    }
  });

  it('shows a failed click with the line of the shop', async () => {
    await stage.show('failures', '.list a');
    expect(await stage.text('.list a .title')).to.equal(
      'Error: The feedback service is not reachable',
    );
    await view.click('.list a');
    const stack = await stage.text('#stack');
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
    await stage.checkOut();
    await stage.show('slow', '.list a:has-text("Submit")');
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
    expect(await stage.text('#waterfall')).not.to.include('ann@example.org');
  });

  it('shows the timeline of a session, by the keyboard alone', async () => {
    await stage.show('overview/minute', '.plot canvas');
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
    expect(await stage.text('main')).not.to.include(HOSTILE);
  });

  it('shows what clients sent as text', async () => {
    const guest = await stage.visitHostile();
    await stage.show('sessions/memory', 'td:has-text("%3Cimg")');
    await stage.show('failures', '.list a:has-text("<img")');
    await view.click('.list a:has-text("<img")');
    expect(await stage.text('.detail h2')).to.include(HOSTILE);
    const scripts = await view.locator('script').count();
    const links = await view
      .locator('[href]')
      .evaluateAll(found => found.map(element => element.getAttribute('href')));
    expect(scripts).to.equal(1);
    expect(links.filter(href => !/^(#|data:image\/svg)/.test(href ?? ''))).to.deep.equal([]);
    await guest.close();
  });

  it('had nothing to say in the console', () => {
    expect(stage.said).to.deep.equal([]);
  });
});

/** Whether a duration that is shown is in the bucket of the scrape that has the quantile. */
function inBucket(scraped: Scrape, metric: string, share: number, shown = ''): boolean {
  const buckets = scraped
    .series(`${metric}_bucket`)
    .filter(({ labels }) => labels.path === '/')
    .map(({ labels, value }) => ({ bound: Number(labels.le?.replace('+Inf', 'Infinity')), value }));
  const rank = Math.ceil((buckets.at(-1)?.value ?? 0) * share);
  const index = buckets.findIndex(({ value }) => value >= rank);
  const seconds = Number.parseFloat(shown.replace('< ', '')) / (shown.endsWith(' ms') ? 1000 : 1);
  // What is shown is the middle of a finer bucket, at most 5 % off.
  const [lower, upper] = [buckets[index - 1]?.bound ?? 0, buckets[index]?.bound ?? Number.NaN];
  return rank > 0 && seconds >= lower / 1.05 && seconds <= upper * 1.05;
}
