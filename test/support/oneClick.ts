import { rmSync } from 'node:fs';
import { expect } from 'chai';
import { Child } from '../../vango/test/support/child';
import { waitFor } from '../../vango/test/support/wait';
import { loadPage, WireClient } from '../../vango/test/support/wireClient';
import { OtlpReceiver } from './otlpReceiver';
import { installWith, type PACKAGE_MANAGERS, type Platform } from './packages';
import { scrape } from './prometheus';

/** Installs an app by a package manager, clicks once, and looks at what came of it. */
export async function expectOneClick(
  manager: keyof typeof PACKAGE_MANAGERS,
  platform: Platform,
): Promise<void> {
  const { folder, node, preload } = installWith(manager, platform);
  const receiver = await OtlpReceiver.start();
  const child = new Child(
    node,
    [...preload, '--require', '@vango/opentelemetry/register', 'app.cjs'],
    {
      cwd: folder,
      env: { OTEL_EXPORTER_PROMETHEUS_PORT: '0', ...receiver.traceEnvironment },
    },
  );
  const [, metrics = ''] = await child.until(/metrics: (http:\S+);/);
  const [, origin = ''] = await child.until(/listening on (\S+)/);
  const page = await loadPage(origin, '/items/42');
  const client = await WireClient.connect(page.socketUrl);
  await client.click(page.hid('count'));
  await waitFor('the span', () => receiver.named('vango.Click').length > 0);
  expect(receiver.named('vango.Click').length).to.equal(1);
  const labels = { type: 'Click', path: '/items/:id', status: 'success' };
  expect((await scrape(metrics)).value('vango_events_total', labels)).to.equal(1);
  await receiver.stop();
  rmSync(folder, { recursive: true, force: true });
}
