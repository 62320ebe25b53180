import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { buildSync } from 'esbuild';
import { Child } from '../../vango/test/support/child';
import { freePort, waitFor } from '../../vango/test/support/wait';
import { loadPage, WireClient } from '../../vango/test/support/wireClient';
import type { OtlpReceiver } from '../support/otlpReceiver';
import { type Installation, PLATFORMS } from '../support/packages';
import { scrape } from '../support/prometheus';
import { REGISTER, useInstallation, useReceiver } from '../support/suites';

const ROOT = join(__dirname, '../..');

/** The code blocks of a section of the README. */
function readmeBlocks(heading: string): string[] {
  const text = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const section = text.split(/^###? /m).find(part => part.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/```\w+\n([\s\S]*?)```/g)].map(([, code]) => code as string);
}

for (const platform of PLATFORMS) {
  describe(`ways to load, ${platform.label}`, function () {
    this.timeout(240_000);
    let installation: Installation;
    let receiver: OtlpReceiver;
    let metricsPort: number;

    useInstallation(platform, installed => {
      installation = installed;
    });
    useReceiver(started => {
      receiver = started;
    });
    beforeEach(async () => {
      metricsPort = await freePort();
    });

    const inFolder = (...path: string[]): string => join(installation.folder, ...path);

    function start(
      args: string[],
      env: Record<string, string> = {},
      cwd = installation.folder,
    ): Child {
      const ports = {
        OTEL_EXPORTER_PROMETHEUS_PORT: String(metricsPort),
        METRICS_PORT: String(metricsPort),
      };
      return new Child(installation.node, args, {
        cwd,
        env: { ...ports, ...receiver.traceEnvironment, ...env },
      });
    }

    /** Clicks in two sessions, and expects one span of each click. */
    async function clickTwice(child: Child, origin?: string, path = '/items/42'): Promise<void> {
      const at = origin ?? ((await child.until(/listening on (\S+)/))[1] as string);
      const page = await waitFor('the page', () => loadPage(at, path).catch(() => undefined));
      const client = await WireClient.connect(page.socketUrl);
      await client.click(page.hid('count'));
      await waitFor('the span', () => receiver.named('vango.Click').length > 0);
      const more = await WireClient.connect(page.socketUrl);
      await more.click(page.hid('count'));
      await waitFor('the second span', () => receiver.named('vango.Click').length > 1);
      expect(receiver.named('vango.Click').length).to.equal(2);
    }

    async function countedClicks(): Promise<number> {
      const scraped = await scrape(`http://localhost:${metricsPort}/metrics`);
      const clicks = scraped
        .series('vango_events_total')
        .filter(({ labels }) => labels.type === 'Click');
      return clicks.reduce((sum, { value }) => sum + value, 0);
    }

    it('instruments an app that requires and imports vango in one process', async () => {
      const child = start([...REGISTER, 'both.mjs']);
      await child.until(/one class: true/);
      await clickTwice(child);
      expect(await countedClicks()).to.equal(2);
      const scraped = await scrape(`http://localhost:${metricsPort}/metrics`);
      expect(scraped.value('vango_sessions_active')).to.equal(2);
      expect(scraped.value('vango_patches_sent_total')).to.equal(2);
    });

    it('instruments a vango that is a symbolic link, as in a workspace', async () => {
      const app = inFolder('linked');
      rmSync(app, { recursive: true, force: true });
      mkdirSync(join(app, 'node_modules'), { recursive: true });
      cpSync(inFolder('node_modules/vango'), inFolder('linked', 'packages/vango'), {
        recursive: true,
      });
      symlinkSync('../packages/vango', join(app, 'node_modules/vango'));
      for (const file of ['app.cjs', 'page.cjs']) cpSync(inFolder(file), join(app, file));
      await clickTwice(start([...REGISTER, 'app.cjs'], {}, app));
      expect(await countedClicks()).to.equal(2);
    });

    it('instruments an app that runs already, and warns once', async () => {
      const child = start(['late.cjs']);
      await child.until(/telemetry is up/);
      await clickTwice(child);
      expect(await countedClicks()).to.equal(2);
      expect(
        child.output.match(/A vango app was running before its instrumentation/g)?.length,
      ).to.equal(1);
      expect(child.output).to.include(
        'Load @vango/opentelemetry first, with node --require or --import',
      );
    });

    it('instruments once where two copies of the package are loaded, and warns once', async () => {
      const copy = inFolder('copy/node_modules/@vango/opentelemetry');
      rmSync(inFolder('copy'), { recursive: true, force: true });
      cpSync(inFolder('node_modules/@vango/opentelemetry'), copy, { recursive: true });
      const child = start(['--require', './copies.cjs', 'app.cjs']);
      await child.until(/two classes: true/);
      await clickTwice(child);
      expect(
        child.output.match(
          /vango is instrumented already, so this VangoInstrumentation stands aside/g,
        )?.length,
      ).to.equal(1);
    });

    it('instruments once where register and an SDK both have the instrumentation', async () => {
      const child = start([...REGISTER, '--require', './own-sdk.cjs', 'app.cjs'], {
        METRICS_PORT: String(await freePort()),
      });
      await clickTwice(child);
      expect(await countedClicks()).to.equal(2);
      expect(child.output.match(/VANGO_OTEL_TWICE/g)?.length).to.equal(1);
    });

    it('raises a signal again only where nothing else listens', async () => {
      const child = start([...REGISTER, 'app.cjs'], { SIGNAL_HANDLER: '9' });
      await child.until(/listening on/);
      child.signal('SIGTERM');
      expect(await child.exit(10_000)).to.deep.equal({ code: 9, signal: null });
    });

    it('instruments a bundle by esbuild that has vango in it', async () => {
      buildSync({
        absWorkingDir: installation.folder,
        entryPoints: ['app.cjs'],
        outfile: 'bundle/app.cjs',
        bundle: true,
        platform: 'node',
        logLevel: 'error',
      });
      const child = start([...REGISTER, 'bundle/app.cjs']);
      await clickTwice(child);
      const [, origin] = await child.until(/listening on (\S+)/);
      expect((await fetch(`${origin}/_vango/client.js`)).status).to.equal(200);
      expect(await countedClicks()).to.equal(2);
    });

    it('instruments a bundle by esbuild that calls instrument()', async () => {
      buildSync({
        absWorkingDir: installation.folder,
        entryPoints: ['bundled.cjs'],
        outfile: 'bundle/bundled.cjs',
        bundle: true,
        platform: 'node',
        external: ['@opentelemetry/*', '@vango/opentelemetry'],
        logLevel: 'error',
      });
      await clickTwice(start(['bundle/bundled.cjs']));
      expect(await countedClicks()).to.equal(2);
    });

    it('works as the NodeSDK example of the README has it', async () => {
      const [code = ''] = readmeBlocks('In your own NodeSDK');
      writeFileSync(
        inFolder('readme-sdk.cjs'),
        code.replace('Exporter()', `Exporter({ port: ${metricsPort} })`),
      );
      await clickTwice(start(['--require', './readme-sdk.cjs', 'app.cjs']));
      expect(await countedClicks()).to.equal(2);
    });

    it('works as the --require example of the README has it', async () => {
      const [code = ''] = readmeBlocks('Without code changes');
      const [, ...args] = (code.trim().split('\n').pop() as string).split(' ');
      await clickTwice(start(args.map(arg => arg.replace('app.js', 'app.cjs'))));
      expect(await countedClicks()).to.equal(2);
    });

    it('works as the middleware example of the README has it', async () => {
      const [code = ''] = readmeBlocks('As middleware');
      const port = await freePort();
      writeFileSync(inFolder('readme-middleware.cjs'), code.replace('8080', String(port)));
      const child = start(['--require', './plain-sdk.cjs', 'readme-middleware.cjs'], {
        OTEL_LOGS_EXPORTER: 'console',
      });
      await clickTwice(child, `http://127.0.0.1:${port}`, '/');
      expect(await countedClicks()).to.equal(2);
      const [first] = receiver.named('vango.Click');
      await child.until(/body: 'vango\.Click'/);
      const line = child.output.split('\n').find(text => text.includes('"vango.Click"')) ?? '{}';
      expect(JSON.parse(line)).to.include({
        trace_id: first?.traceId,
        span_id: first?.spanId,
        status: 'success',
      });
    });

    it('has types that CommonJS and ES modules can use', () => {
      const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
      const options = [
        '--noEmit',
        '--strict',
        '--skipLibCheck',
        '--module',
        'nodenext',
        '--target',
        'es2022',
        '--types',
        'node',
      ];
      const roots = ['--typeRoots', join(ROOT, 'node_modules/@types')];
      execFileSync(process.execPath, [tsc, ...options, ...roots, 'consumer.cts', 'consumer.mts'], {
        cwd: installation.folder,
        stdio: 'inherit',
      });
    });

    for (const order of ['before', 'after']) {
      it(`works when loaded ${order} auto-instrumentations-node/register`, async () => {
        const auto = ['--require', '@opentelemetry/auto-instrumentations-node/register'];
        const args = order === 'before' ? [...REGISTER, ...auto] : [...auto, ...REGISTER];
        // Whichever comes first sets up the metrics. This package exports to Prometheus by
        // default, the other one only if the environment names it.
        const child = start([...args, 'app.cjs'], {
          OTEL_LOGS_EXPORTER: 'none',
          ...(order === 'after' && { OTEL_METRICS_EXPORTER: 'prometheus' }),
        });
        const [, origin = ''] = await child.until(/listening on (\S+)/);
        await clickTwice(child, origin);
        const page = await loadPage(origin, '/items/42');
        const client = await WireClient.connect(page.socketUrl);
        await client.click(page.hid('http'));
        await waitFor('the call', () => receiver.spans.some(span => span.kind === 3));
        expect(await countedClicks()).to.equal(3);
      });
    }
  });
}
