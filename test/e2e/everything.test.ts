import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { CATALOGUE } from '../../src';
import { launchBrowser } from '../../vango/test/support/browser';
import { stopChildren } from '../../vango/test/support/child';
import { Network } from '../../vango/test/support/proxy';
import { requirePart } from '../../vango/test/support/requires';
import { waitFor } from '../../vango/test/support/wait';
import { OtlpReceiver } from '../support/otlpReceiver';
import { type Installation, install, installShop, PLATFORMS } from '../support/packages';
import { addHistogram, keyOf, receivedSeries, type Series } from '../support/series';
import { Shop } from '../support/shop';
import { ShopVisit, settingsOf, startPayments } from '../support/shopVisit';

/**
 * The counts after the script below, without patches, which its tap counts, and without sizes of
 * what is stored.
 */
const EXPECTED: Series = {
  vango_sessions_active: 3,
  vango_sessions_detached: 1,
  vango_session_resume_success_total: 1,
  [keyOf('vango_session_resume_failed_total', { reason: 'not_found' })]: 1,
  [keyOf('vango_session_resume_failed_total', { reason: 'schema_mismatch' })]: 1,
  vango_reconnects_total: 1,
  vango_session_evictions_total: 1,
  vango_session_memory_bytes_count: 1,
  [keyOf('vango_websocket_errors_total', { type: 'handshake' })]: 1,
  ...Object.fromEntries(
    (
      [
        ['Input', '/', 'success', 1],
        ['Click', '/', 'success', 2],
        ['Click', '/', 'error', 2],
        ['Navigate', '/products/:id', 'success', 2],
        ['Navigate', '/checkout', 'success', 1],
        ['Submit', '/checkout', 'success', 2],
        ['Navigate', '/faults', 'success', 1],
        ['Click', '/faults', 'success', 4],
      ] as const
    ).map(([type, path, status, count]) => [
      keyOf('vango_events_total', { type, path, status }),
      count,
    ]),
  ),
  [keyOf('vango_event_duration_seconds_count', { path: '/' })]: 5,
  [keyOf('vango_event_duration_seconds_count', { path: '/products/:id' })]: 2,
  [keyOf('vango_event_duration_seconds_count', { path: '/checkout' })]: 3,
  [keyOf('vango_event_duration_seconds_count', { path: '/faults' })]: 5,
  ...Object.fromEntries(
    (
      [
        ['vango_event_queue_seconds', { '/': 5, '/products/:id': 2, '/checkout': 3, '/faults': 5 }],
        [
          'vango_event_perceived_seconds',
          { '/': 3, '/products/:id': 2, '/checkout': 3, '/faults': 1 },
        ],
      ] as const
    ).flatMap(([name, counts]) =>
      Object.entries(counts).map(([path, count]) => [keyOf(`${name}_count`, { path }), count]),
    ),
  ),
  ...Object.fromEntries(
    Object.entries({ '/': 3, '/products/:id': 2, '/checkout': 3, '/faults': 1 }).map(
      ([route, count]) => [keyOf('vango_render_duration_seconds_count', { route }), count],
    ),
  ),
  [keyOf('vango_event_errors_total', { path: '/', error_type: 'internal' })]: 1,
  [keyOf('vango_event_errors_total', { path: '/', error_type: 'not_found' })]: 1,
  [keyOf('vango_patch_mismatch_total', { reason: 'handler_not_found' })]: 1,
  [keyOf('vango_patch_mismatch_total', { reason: 'unknown_parent' })]: 1,
  [keyOf('vango_resource_duration_ms_count', { resource: 'stock' })]: 2,
  [keyOf('vango_resource_error_total', { resource: 'stock' })]: 1,
  [keyOf('vango_action_duration_ms_count', { action: 'order' })]: 2,
  [keyOf('vango_action_error_total', { action: 'order' })]: 1,
  [keyOf('vango_signal_write_violation_total', { operation: 'Update', reason: 'off_loop' })]: 1,
  // Three empty carts.
  [keyOf('vango_persist_bytes_total', { stable_id: 'cart' })]: 3 * '{}'.length,
  [keyOf('vango_persist_write_rejected_total', {
    reason: 'signal_too_large',
    stable_id: 'notes',
  })]: 1,
  [keyOf('vango_schema_mismatch_total', { reason: 'hash' })]: 1,
  [keyOf('vango_schema_mismatch_total', { reason: 'version' })]: 1,
  [keyOf('vango_cold_deploy_ack_total', { source: 'env' })]: 1,
  // Three tabs and one socket without a hello; one that came back, and two with wrong sessions.
  [keyOf('vango_connects_total', { kind: 'new', status: 'ok' })]: 3,
  [keyOf('vango_connects_total', { kind: 'new', status: 'invalid_format' })]: 1,
  [keyOf('vango_connects_total', { kind: 'resume', status: 'ok' })]: 3,
  [keyOf('vango_connect_duration_seconds_count', { kind: 'new' })]: 4,
  [keyOf('vango_connect_duration_seconds_count', { kind: 'resume' })]: 3,
  [keyOf('vango_page_duration_seconds_count', { route: '/', status: '2xx' })]: 5,
  // The icon that browsers ask for.
  [keyOf('vango_page_duration_seconds_count', { route: 'unmatched', status: '4xx' })]: 1,
  [keyOf('vango_connection_duration_seconds_count', { end: 'lost' })]: 1,
  [keyOf('vango_connection_duration_seconds_count', { end: 'normal' })]: 2,
  [keyOf('vango_connection_duration_seconds_count', { end: 'refused' })]: 1,
  [keyOf('vango_session_duration_seconds_count', { end: 'evicted' })]: 1,
  [keyOf('vango_sessions_created_total', { origin: 'new' })]: 5,
  [keyOf('vango_session_limit', { limit: 'max' })]: 10_000,
  [keyOf('vango_session_limit', { limit: 'detached' })]: 1,
  [keyOf('vango_session_limit', { limit: 'per_ip' })]: 100,
  // A save for each detach, and a look at who owns what is stored.
  [keyOf('vango_store_operation_duration_seconds_count', {
    operation: 'save',
    outcome: 'success',
  })]: 3,
  [keyOf('vango_store_operation_duration_seconds_count', {
    operation: 'load',
    outcome: 'success',
  })]: 3,
};

/** The counts after a visit. */
function expectedOf({ tap, stored }: ShopVisit, shop: Shop): Series {
  const expected: Series = { ...EXPECTED, vango_patches_sent_total: tap.patches };
  for (const [direction, bytes] of Object.entries(tap.bytes))
    expected[keyOf('vango_network_io_bytes_total', { direction })] = bytes;
  for (const [route, sizes] of tap.frames)
    addHistogram(expected, CATALOGUE.patchBytes, { route }, sizes);
  const sizes = stored.map(id => {
    const file = readFileSync(join(shop.sessions, `${id}.session.json`), 'utf8');
    return Buffer.byteLength(JSON.parse(file).blob);
  });
  addHistogram(expected, CATALOGUE.sessionPersistBytes, {}, sizes);
  return expected;
}

/** Ways to the numbers: what is loaded before the shop, and where Prometheus finds them. */
const WAYS = [
  {
    name: 'zero code: at port 9464 and over OTLP',
    preload: '@vango/opentelemetry/register',
    env: (receiver: OtlpReceiver) => ({
      ...receiver.environment,
      OTEL_METRICS_EXPORTER: 'prometheus,otlp',
    }),
    port: 9464,
    isSentToo: true,
  },
  {
    name: 'an SDK with the stock PrometheusExporter',
    preload: './own-sdk.cjs',
    env: () => ({ OTEL_TRACES_EXPORTER: 'none' }),
    port: undefined,
    isSentToo: false,
  },
] as const;

for (const platform of PLATFORMS) {
  describe(`all metrics of one visit, ${platform.label}`, function () {
    this.timeout(240_000);
    let installation: Installation;
    let main: string;
    let browser: Browser;
    let receiver: OtlpReceiver;
    let payments: Awaited<ReturnType<typeof startPayments>>;

    before(async function () {
      requirePart(this, 'chromium');
      installation = install(platform);
      main = installShop(installation);
      browser = await launchBrowser();
    });
    after(() => browser?.close());
    beforeEach(async () => {
      payments = await startPayments();
      receiver = await OtlpReceiver.start();
    });
    afterEach(async () => {
      await stopChildren();
      await receiver.stop();
      payments.stop();
    });

    for (const { name, preload, env, port, isSentToo } of WAYS) {
      it(`are what it did, by ${name}`, async () => {
        const shop = await Shop.prepare(
          {
            ...settingsOf(payments),
            ...env(receiver),
          },
          { node: installation.node, cwd: installation.folder, main, preloads: [preload] },
          port,
        );
        await shop.start();
        const network = new Network(shop.port);
        const context = await browser.newContext();
        const visit = new ShopVisit(context, network, await network.listen(), shop);
        try {
          await visit.run();
          const isReached = async (): Promise<boolean> =>
            JSON.stringify(sorted(await visit.series())) ===
            JSON.stringify(sorted(expectedOf(visit, shop)));
          await waitFor('the numbers', isReached, 3000).catch(() => {});
          expect(sorted(await visit.series())).to.deep.equal(sorted(expectedOf(visit, shop)));
          const families = new Set((await shop.metrics()).types.keys());
          for (const { prometheusName } of Object.values(CATALOGUE))
            expect(families).to.include(prometheusName);
          if (!isSentToo) return;
          await waitFor(
            'the numbers over OTLP',
            () =>
              JSON.stringify(sorted(receivedSeries(receiver))) ===
              JSON.stringify(sorted(expectedOf(visit, shop))),
            3000,
          ).catch(() => {});
          expect(sorted(receivedSeries(receiver))).to.deep.equal(sorted(expectedOf(visit, shop)));
        } finally {
          await context.close();
          await network.close();
        }
      });
    }
  });
}

function sorted(series: Series): Array<[string, number]> {
  return Object.entries(series).sort(([a], [b]) => (a < b ? -1 : 1));
}
