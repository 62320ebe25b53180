import { expect } from 'chai';
import { openFolder } from '../../src/prometheus/processes/folder';
import { ask } from '../../src/prometheus/processes/question';
import { socketOf } from '../../src/prometheus/processes/slot';
import { Child, stopChildren } from '../../vango/test/support/child';
import { freePort, waitFor } from '../../vango/test/support/wait';
import { OtlpReceiver } from '../support/otlpReceiver';
import { type Installation, PLATFORMS } from '../support/packages';
import { byProcess, Clicker, expectAllCounted, originsOf } from '../support/processes';
import { scrape } from '../support/prometheus';
import { REGISTER, useInstallation } from '../support/suites';

for (const platform of PLATFORMS) {
  describe(`several processes on one port, ${platform.label}`, function () {
    this.timeout(240_000);
    let installation: Installation;
    let port: number;
    let url: string;

    useInstallation(platform, installed => {
      installation = installed;
    });
    beforeEach(async () => {
      port = await freePort();
      url = `http://localhost:${port}/metrics`;
    });

    function start(env: Record<string, string> = {}): Child {
      return new Child(installation.node, [...REGISTER, 'several.cjs'], {
        cwd: installation.folder,
        env: { OTEL_EXPORTER_PROMETHEUS_PORT: String(port), ...env },
      });
    }

    /** Starts processes one after the other. */
    async function startAll(count: number): Promise<Child[]> {
      const children: Child[] = [];
      for (let index = 0; index < count; index++) {
        const child = start();
        children.push(child);
        await child.until(/telemetry started/);
        await originsOf(() => child.output, 1);
      }
      return children;
    }

    const linesOf = (output: string): string[] =>
      [...output.matchAll(/^\[vango\] (.*)$/gm)].map(([, line = '']) =>
        line.replace(/token=[\w-]{32}$/, 'token=TOKEN'),
      );
    const STARTED = (): string => `telemetry started; metrics: ${url}`;
    const LIVE = (): string => `; live view: ${url.replace('metrics', '?token=TOKEN')}`;

    it('counts all that 4 workers of node:cluster do', async () => {
      const cluster = start({ WORKERS: '4' });
      const origins = await originsOf(() => cluster.output, 4);
      await expectAllCounted(url, origins);
      expect(linesOf(cluster.output).sort()).to.deep.equal([
        `${STARTED()} (process 1); traces: none`,
        `${STARTED()} (process 2); traces: none`,
        `${STARTED()} (process 3); traces: none`,
        `${STARTED()}; traces: none${LIVE()}`,
      ]);
    });

    it('counts all that 4 processes do that were started side by side', async () => {
      const children = Array.from({ length: 4 }, () => start());
      const output = (): string => children.map(child => child.output).join('');
      await expectAllCounted(url, await originsOf(output, 4));
    });

    it('says nothing of processes while there is one', async () => {
      const [child] = await startAll(1);
      const text = await scrape(url);
      expect(text.samples.filter(({ labels }) => 'process' in labels)).to.deep.equal([]);
      expect(linesOf(child?.output ?? '')).to.deep.equal([`${STARTED()}; traces: none${LIVE()}`]);
    });

    it('publishes on within 2 s when the one that serves is killed under load', async () => {
      const children = await startAll(4);
      const clickers = await Promise.all(
        children.map(async ({ output }) => {
          const [origin = ''] = await originsOf(() => output, 1);
          return Clicker.open(origin);
        }),
      );
      const sent = [0, 0, 0, 0];
      let isOver = false;
      const load = [1, 2, 3].map(async index => {
        while (!isOver) {
          await clickers[index]?.click();
          (sent[index] as number)++;
        }
      });
      await waitFor('clicks', () => sent[3] !== 0);
      const killed = performance.now();
      await children[0]?.stop();
      await waitFor('the next one', () => scrape(url).catch(() => undefined));
      expect(performance.now() - killed).to.be.below(2000);
      isOver = true;
      await Promise.all(load);
      const events = await byProcess(url, 'vango_events_total', { status: 'success' });
      expect(events).to.deep.equal({ 1: sent[1], 2: sent[2], 3: sent[3] });

      // The next process has its number, and its counters begin anew.
      const next = start();
      await originsOf(() => next.output, 1);
      await waitFor('all four', async () => {
        const found = await byProcess(url, 'vango_sessions_active');
        return Object.keys(found).join() === '0,1,2,3';
      });
      const folder = openFolder('localhost', port);
      if ('missing' in folder) throw new Error(folder.missing);
      expect((await ask(socketOf(folder.path, 0), 'serves', 1000)).text).to.equal('no');
      for (const clicker of clickers) clicker.close();
    });

    it('gives each process its own service.instance.id, unless the user does', async () => {
      const children = await startAll(4);
      const ids = async (): Promise<Array<string | undefined>> =>
        (await scrape(url)).series('target_info').map(({ labels }) => labels.service_instance_id);
      const found = await ids();
      expect(found).to.have.lengthOf(4);
      expect(new Set(found)).to.have.lengthOf(4);
      for (const id of found) expect(id).to.match(/^[\da-f-]{36}$/);
      await Promise.all(children.map(child => child.stop()));
      const receiver = await OtlpReceiver.start();
      for (let index = 0; index < 4; index++) start(receiver.environment);
      const received = new Set<unknown>();
      await waitFor(
        'four ids over OTLP',
        () => received.add(receiver.resource['service.instance.id']).size > 4,
        60_000,
      );
      await stopChildren();
      await receiver.stop();
      expect(received.size).to.equal(5);
      expect(received.has(undefined)).to.equal(true);
      const own = start({ OTEL_RESOURCE_ATTRIBUTES: 'service.instance.id=mine' });
      await own.until(/telemetry started/);
      expect(await ids()).to.deep.equal(['mine']);
    });
  });
}
