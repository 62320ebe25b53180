import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Child, stopChildren } from '../../vango/test/support/child';
import { freePort, waitFor } from '../../vango/test/support/wait';
import { loadPage, WireClient } from '../../vango/test/support/wireClient';
import { OtlpReceiver } from '../support/otlpReceiver';
import { scrape } from '../support/prometheus';

describe('the shop with all ways of instrumentation at once', () => {
  let receiver: OtlpReceiver;

  before(async () => {
    receiver = await OtlpReceiver.start();
  });
  after(async () => {
    await stopChildren();
    await receiver.stop();
  });

  it('counts and traces ten clicks once each', async () => {
    const port = await freePort();
    const env = {
      ...receiver.traceEnvironment,
      SHOP_SESSIONS: mkdtempSync(join(tmpdir(), 'vango-shop-')),
      PORT: '0',
      OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
    };
    const preloads = [
      '--require',
      '@vango/opentelemetry/register',
      '--require',
      './test/fixtures/all-at-once.cjs',
    ];
    const shop = new Child(process.execPath, [...preloads, 'examples/shop/build/main.js'], { env });
    const [, origin = ''] = await shop.until(/The shop is open at (\S+)/);
    const page = await loadPage(origin, '/');
    const client = await WireClient.connect(page.socketUrl);
    for (let i = 0; i < 10; i++) await client.click(page.hid('add-kettle'));
    const spans = await waitFor('ten spans', () => {
      const found = receiver.spans.filter(
        span => span.name === 'vango.Click' || span.name === 'vango /',
      );
      return found.length >= 10 ? found : undefined;
    });
    expect(spans.map(({ name }) => name)).to.deep.equal(Array(10).fill('vango.Click'));
    const scraped = await scrape(`http://localhost:${port}/metrics`);
    expect(
      scraped.value('vango_events_total', { type: 'Click', path: '/', status: 'success' }),
    ).to.equal(10);
    expect(scraped.value('vango_event_duration_seconds_count', { path: '/' })).to.equal(10);
    expect(scraped.value('vango_patch_bytes_count', { route: '/' })).to.equal(10);
    expect(scraped.value('vango_sessions_active')).to.equal(1);
    const lines = shop.output.split('\n').filter(line => line.includes('"vango.Click"'));
    expect(lines.map(line => JSON.parse(line).trace_id)).to.deep.equal(
      spans.map(({ traceId }) => traceId),
    );
  });
});
