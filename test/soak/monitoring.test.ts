import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { parse } from 'yaml';
import { monitoringFiles } from '../../src/monitoring/files';
import { kitOf } from '../../src/monitoring/kit';
import { DEFAULTS } from '../../src/monitoring/options';
import { recordings } from '../../src/monitoring/recordings';
import { launchBrowser } from '../../vango/test/support/browser';
import { stopChildren } from '../../vango/test/support/child';
import { Network } from '../../vango/test/support/proxy';
import { requirePart } from '../../vango/test/support/requires';
import { waitFor } from '../../vango/test/support/wait';
import { loadPage, WireClient } from '../../vango/test/support/wireClient';
import { Alertmanager } from '../support/alertmanager';
import { dashboardModel, queriesOf, runWith, substituted } from '../support/monitoring';
import { OtlpReceiver } from '../support/otlpReceiver';
import { Prometheus } from '../support/prometheus';
import { Shop } from '../support/shop';
import { ShopVisit, settingsOf, startPayments } from '../support/shopVisit';

const FILES = monitoringFiles(DEFAULTS);
const RULES = FILES['rules.yml'] as string;
/** What an hour of the rules is in these tests. */
const HOUR = 60;

/** Rules whose windows and delays are shortened alike: an hour becomes a minute. */
function shortened(rules: string): string {
  const seconds = { m: HOUR / 60, h: HOUR, d: 24 * HOUR };
  return rules.replace(
    /(\[|\boffset |\bfor: |_for: )(\d+)([mhd])\b/g,
    (_, before, count, unit: keyof typeof seconds) => `${before}${count * seconds[unit]}s`,
  );
}

describe('the dashboard and the rules on a real Prometheus', function () {
  this.timeout(120_000);
  let browser: Browser;
  let prometheus: Prometheus;
  let receiver: OtlpReceiver;
  let payments: Awaited<ReturnType<typeof startPayments>>;

  before(async function () {
    requirePart(this, 'chromium');
    requirePart(this, 'prometheus');
    browser = await launchBrowser();
    receiver = await OtlpReceiver.start();
    payments = await startPayments();
    const shop = await Shop.start({
      ...settingsOf(payments),
      ...receiver.traceEnvironment,
      OTEL_NODE_EXPERIMENTAL_SDK_METRICS: 'true',
      OTEL_RESOURCE_ATTRIBUTES: 'service.version=1.0.0',
    });
    prometheus = await Prometheus.start(`127.0.0.1:${shop.metricsPort}`, { rules: RULES });
    // Series that begin with their first value increase at the second visit.
    for (const visits of [1, 2]) {
      const network = new Network(shop.port);
      const context = await browser.newContext();
      await new ShopVisit(context, network, await network.listen(), shop).run();
      await waitFor(
        'Prometheus to have all of the visit',
        async () =>
          (await prometheus.query('vango_patch_mismatch_total{reason="handler_not_found"}')) ===
          visits,
      );
      await context.close();
      await network.close();
    }
  });
  after(async () => {
    await browser?.close();
    await prometheus?.stop();
    await stopChildren();
    await receiver?.stop();
    payments?.stop();
  });

  const hasSample = async (expr: string): Promise<boolean> =>
    (await prometheus.values(expr)).some(value => Number.isFinite(value));

  const { annotations } = dashboardModel();
  for (const [title, expr] of [
    ...queriesOf(dashboardModel()).map(({ panel, expr }) => [panel.title, expr]),
    ...annotations.list.map(({ expr }) => ['Deploys', expr]),
  ] as Array<[string, string]>) {
    it(`${title}: ${expr} has a finite sample`, async () => {
      await waitFor(expr, () => hasSample(substituted(expr)), 10_000);
    });
  }

  for (const { record } of recordings(kitOf(DEFAULTS))) {
    it(`${record} has a finite sample`, async () => {
      await waitFor(record, () => hasSample(record), 10_000);
    });
  }
});

describe('alerts on a real Prometheus, where an hour is a minute', function () {
  this.timeout(120_000);
  let alertmanager: Alertmanager;
  let prometheus: Prometheus;
  let shop: Shop;

  before(async function () {
    requirePart(this, 'prometheus');
    requirePart(this, 'prometheus-alertmanager');
    alertmanager = await Alertmanager.start(origin => {
      const config = parse(FILES['alertmanager.example.yml'] as string);
      const quickly = { group_wait: '0s', group_interval: '1s' };
      return JSON.stringify({ ...config, route: { ...config.route, ...quickly } }).replaceAll(
        'http://localhost:5001',
        origin,
      );
    });
    shop = await Shop.start({ OTEL_TRACES_EXPORTER: 'none' });
    prometheus = await Prometheus.start(`127.0.0.1:${shop.metricsPort}`, {
      rules: shortened(RULES),
      alertmanager: alertmanager.address,
    });
  });
  after(async () => {
    await prometheus?.stop();
    await alertmanager?.stop();
    await stopChildren();
  });

  const isFiring = async (name: string): Promise<boolean> =>
    (await prometheus.alerts()).some(
      ({ labels, state }) => labels.alertname === name && state === 'firing',
    );
  const notified = (name: string, status: string) =>
    alertmanager.received.find(
      ({ labels, status: its }) => labels.alertname === name && its === status,
    );

  /** Clicks one button of the faults page until a condition holds. */
  async function click(id: string, until: () => Promise<boolean>): Promise<void> {
    const { socketUrl, hid } = await loadPage(`http://localhost:${shop.port}`, '/faults');
    const client = await WireClient.connect(socketUrl);
    client.event('Click', hid('small-note'));
    await waitFor(
      `clicks on ${id} to have an effect`,
      async () => {
        for (let i = 0; i < 5; i++) client.event('Click', hid(id));
        await client.settled();
        return until();
      },
      60_000,
    );
    await client.close();
  }

  it('the button that throws makes the alert fire, and a webhook has its runbook', async () => {
    const started = Date.now();
    await click('failure', () => isFiring('VangoEventErrorsBurnFast'));
    // Two seconds as the rule has it, and a scrape and two evaluations.
    expect(Date.now() - started).to.be.within(2000, 20_000);
    const { path, labels, annotations } = await waitFor('the webhook', () =>
      notified('VangoEventErrorsBurnFast', 'firing'),
    );
    expect(path).to.equal('/page');
    expect(labels).to.deep.equal({
      alertname: 'VangoEventErrorsBurnFast',
      job: 'vango',
      severity: 'page',
    });
    expect(annotations.runbook_url).to.equal(`${DEFAULTS.runbooks}#vangoeventerrorsburnfast`);
    expect(annotations.description).to.match(/^[\d.]+% of the events of vango failed/);
  });

  it('once it works again, the alert stops', async () => {
    await click('small-note', async () => !(await isFiring('VangoEventErrorsBurnFast')));
    await waitFor('the webhook', () => notified('VangoEventErrorsBurnFast', 'resolved'), 30_000);
  });

  it('makes the alert on absence fire when the app is killed', async () => {
    await shop.end('SIGKILL');
    await waitFor('the alert', () => isFiring('VangoMetricsAbsent'), 20_000);
    const { path, annotations } = await waitFor('the webhook', () =>
      notified('VangoMetricsAbsent', 'firing'),
    );
    expect([path, annotations.runbook_url]).to.deep.equal([
      '/page',
      `${DEFAULTS.runbooks}#vangometricsabsent`,
    ]);
  });
});

describe('promtool, five times', function () {
  this.timeout(60_000);

  it('has the same result each time', function () {
    requirePart(this, 'promtool');
    const outputs = Array.from({ length: 5 }, () => {
      const { status, output } = runWith(FILES, 'promtool', 'test', 'rules', 'rules.test.yml');
      return `${status} ${output}`;
    });
    expect(new Set(outputs).size).to.equal(1);
    expect(outputs[0]).to.match(/^0 /);
  });
});
