import axe, { type AxeResults } from 'axe-core';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { type LiveShop, useLiveShop } from '../support/liveShop';

/** A view, and what shows that it has its content. */
const VIEWS = [
  ['overview/minute', '.plot canvas'],
  ['sessions/memory', 'tbody a'],
  ['failures', '.list a'],
  ['slow', '.list a'],
  ['telemetry', 'tbody tr'],
] as const;

describe('the page of the live view', function () {
  this.timeout(60_000);
  let stage: LiveShop;
  let view: Page;

  useLiveShop(started => {
    stage = started;
    view = started.view;
  });
  before(async () => {
    await stage.fail();
    await stage.visitor.click('#add-kettle');
    await stage.checkOut();
    await stage.visitHostile();
  });

  for (const [colorScheme, rules, views] of [
    ['light', {}, VIEWS],
    // All but the colours is the same.
    ['dark', { runOnly: ['color-contrast'] }, VIEWS.slice(0, 3)],
  ] as const) {
    it(`has nothing that axe objects to, in ${colorScheme}`, async () => {
      await view.emulateMedia({ colorScheme });
      for (const [topic, selector] of views) {
        await stage.show(topic, selector);
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
      await stage.show(topic, selector);
      const width = await view.evaluate('document.documentElement.scrollWidth');
      expect(width, topic).to.equal(360);
    }
  });

  it('had nothing to say in the console', () => {
    expect(stage.said).to.deep.equal([]);
  });
});
