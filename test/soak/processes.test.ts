import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { openFolder } from '../../src/prometheus/processes/folder';
import { ask } from '../../src/prometheus/processes/question';
import { socketOf } from '../../src/prometheus/processes/slot';
import { Child } from '../../vango/test/support/child';
import { requirePart } from '../../vango/test/support/requires';
import { freePort, waitFor } from '../../vango/test/support/wait';
import { type Installation, installTool, PLATFORMS } from '../support/packages';
import { Clicker, expectAllCounted, originsOf } from '../support/processes';
import { Prometheus, scrape } from '../support/prometheus';
import { REGISTER, useInstallation } from '../support/suites';

const COUNT = 4;
/** Clicks per second in all processes together. */
const RATE = 40;
/** Seconds of a rate; Prometheus scrapes once a second. */
const WINDOW = 10;

for (const platform of PLATFORMS) {
  describe(`several processes for long, ${platform.label}`, function () {
    this.timeout(300_000);
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

    for (const mode of ['cluster', 'fork']) {
      it(`counts all that ${COUNT} processes of PM2 do, in ${mode} mode`, async function () {
        let pm2: string;
        try {
          pm2 = join(installTool('pm2@7'), 'node_modules/pm2/bin/pm2-runtime');
        } catch (error) {
          console.log(`  pending: npm cannot install PM2 (${(error as Error).message})`);
          return this.skip();
        }
        const home = mkdtempSync(join(tmpdir(), 'vango-pm2-'));
        const app = {
          script: join(installation.folder, 'several.cjs'),
          cwd: installation.folder,
          instances: COUNT,
          exec_mode: mode,
          interpreter: installation.node,
          node_args: REGISTER.join(' '),
        };
        const config = join(home, 'ecosystem.config.json');
        writeFileSync(config, JSON.stringify({ apps: [app] }));
        const child = new Child(installation.node, [pm2, 'start', config], {
          cwd: installation.folder,
          env: { PM2_HOME: home, OTEL_EXPORTER_PROMETHEUS_PORT: String(port) },
        });
        await expectAllCounted(url, await originsOf(() => child.output, COUNT));
        child.signal('SIGINT');
        await child.exit();
        rmSync(home, { recursive: true });
      });
    }

    it('never shows more than happens when the one that serves is killed', async function () {
      requirePart(this, 'prometheus');
      const folder = openFolder('localhost', port);
      if ('missing' in folder) throw new Error(folder.missing);
      const processes: Array<{ child: Child; clicker: Clicker } | undefined> = [];
      const startAt = async (slot: number): Promise<void> => {
        const child = new Child(installation.node, [...REGISTER, 'several.cjs'], {
          cwd: installation.folder,
          env: { OTEL_EXPORTER_PROMETHEUS_PORT: String(port) },
        });
        const [, number = '0'] = await child.until(
          /telemetry started; \S+ \S+(?: \(process (\d)\))?;/,
        );
        expect(Number(number)).to.equal(slot);
        const [origin = ''] = await originsOf(() => child.output, 1);
        processes[slot] = { child, clicker: await Clicker.open(origin) };
      };
      for (let slot = 0; slot < COUNT; slot++) await startAt(slot);
      const serving = async (): Promise<number> => {
        const says = await Promise.all(
          processes.map((_, slot) => ask(socketOf(folder.path, slot), 'serves', 1000)),
        );
        return says.findIndex(({ text }) => text === 'yes');
      };

      const prometheus = await Prometheus.start(`localhost:${port}`);
      let isOver = false;
      let turn = 0;
      const started = performance.now();
      const load = (async () => {
        for (let sent = 0; !isOver; sent++) {
          // Paced by the clock, and by the processes that live.
          await delay(Math.max(0, started + (sent * 1000) / RATE - performance.now()));
          const alive = processes.filter(each => each !== undefined);
          void alive[turn++ % alive.length]?.clicker.click().catch(() => {});
        }
      })();
      const rates: number[] = [];
      const watch = (async () => {
        while (!isOver) {
          rates.push(
            await prometheus.query(`sum(rate(vango_events_total[${WINDOW}s])) or vector(0)`),
          );
          await delay(500);
        }
      })();
      const steady = (): Promise<unknown> =>
        waitFor('the true rate', () => (rates.at(-1) ?? 0) > RATE * 0.9, 60_000);

      for (let deaths = 0; deaths < 3; deaths++) {
        await steady();
        const slot = await serving();
        const { child } = processes[slot] as { child: Child };
        processes[slot] = undefined;
        const killed = performance.now();
        await child.stop();
        await waitFor('the next one', () => scrape(url).catch(() => undefined));
        expect(performance.now() - killed).to.be.below(2000);
        await startAt(slot);
        // The death has to be inside of a whole window: there are two looks a second.
        const enough = rates.length + 2 * WINDOW;
        await waitFor('a window of rates', () => rates.length >= enough, 60_000);
      }
      await steady();
      const joined = await prometheus.query(
        'count(vango_sessions_active * on (job, instance, process) group_left target_info)',
      );
      isOver = true;
      await Promise.all([load, watch]);
      await prometheus.stop();
      expect(joined).to.equal(COUNT);
      expect(Math.max(...rates), rates.join(' ')).to.be.below(RATE * 1.1);
      for (const each of processes) each?.clicker.close();
    });
  });
}
