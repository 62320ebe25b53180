import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { Child, stopChildren } from '../../vango/test/support/child';
import { requirePart } from '../../vango/test/support/requires';
import { waitFor } from '../../vango/test/support/wait';

const ROOT = resolve(__dirname, '../..');
const ARGUMENTS = ['--import', 'tsx', 'scripts/monitor/index.ts'];

describe('npm run monitor', function () {
  this.timeout(60_000);
  let monitor: Child;

  afterEach(async () => {
    // It has child processes of its own.
    monitor?.signal('SIGTERM');
    await monitor?.exit();
    await stopChildren();
  });

  const folders = (): string[] =>
    readdirSync(tmpdir()).filter(name => name.startsWith('vango-monitor-'));

  it('shows the events of its visitors, and leaves nothing behind', async function () {
    requirePart(this, 'prometheus');
    requirePart(this, 'prometheus-alertmanager');
    const before = folders();
    monitor = new Child(process.execPath, ARGUMENTS, { cwd: ROOT });
    await monitor.until(/Ctrl-C/, 30_000);
    const address = (what: string): string =>
      new RegExp(`^${what} +(http\\S+)$`, 'm').exec(monitor.output)?.[1] ?? '';
    const query = new URLSearchParams({ query: 'sum(rate(vango_events_total[1m])) > 0' });
    await waitFor(
      'events in Prometheus',
      async () => {
        const response = await fetch(`${address('Prometheus')}/api/v1/query?${query}`);
        const { data } = (await response.json()) as { data: { result: unknown[] } };
        return data.result.length > 0;
      },
      30_000,
    );
    for (const what of ['Shop', 'Faults', 'Metrics', 'Prometheus', 'Alertmanager'])
      expect((await fetch(address(what))).status, what).to.equal(200);

    monitor.signal('SIGINT');
    expect(await monitor.exit()).to.deep.equal({ code: 0, signal: null });
    for (const what of ['Shop', 'Prometheus', 'Alertmanager'])
      expect(await fetch(address(what)).catch(() => 'gone'), what).to.equal('gone');
    expect(folders()).to.deep.equal(before);
  });

  it('says what to install where Prometheus is missing', async () => {
    const env = { PATH: join(ROOT, 'node_modules/.bin') };
    monitor = new Child(process.execPath, ARGUMENTS, { cwd: ROOT, env });
    expect((await monitor.exit()).code).to.equal(1);
    expect(monitor.output).to.include('apt-get install prometheus');
  });
});
