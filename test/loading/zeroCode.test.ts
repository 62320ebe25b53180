import { expect } from 'chai';
import type { SlowList } from '../../src/live/wire';
import { Child } from '../../vango/test/support/child';
import { freePort, waitFor } from '../../vango/test/support/wait';
import { loadPage, type WireClient } from '../../vango/test/support/wireClient';
import { LiveClient } from '../support/liveClient';
import type { OtlpReceiver } from '../support/otlpReceiver';
import { type Installation, PLATFORMS } from '../support/packages';
import { scrape } from '../support/prometheus';
import { REGISTER, useInstallation, useReceiver, type Visit, visit } from '../support/suites';

const SERVER = 2;
const ERROR = 2;

for (const platform of PLATFORMS) {
  describe(`zero code, ${platform.label}`, function () {
    this.timeout(240_000);
    let installation: Installation;
    let receiver: OtlpReceiver;

    useInstallation(platform, installed => {
      installation = installed;
    });
    useReceiver(started => {
      receiver = started;
    });

    function start(args: string[], env: Record<string, string> = {}): Child {
      return new Child(installation.node, args, {
        cwd: installation.folder,
        env: { OTEL_EXPORTER_PROMETHEUS_PORT: '0', ...receiver.traceEnvironment, ...env },
      });
    }

    async function connect(
      child: Child,
    ): Promise<{ client: WireClient; hid: (id: string) => string; metrics: string }> {
      const [, metrics = ''] = await child.until(/metrics: (http:\S+);/);
      const { page, client } = await visit(child);
      return { client, hid: page.hid, metrics };
    }

    for (const app of ['app.cjs', 'app.mjs']) {
      for (const flag of ['--require', '--import']) {
        it(`traces a click in ${app} with ${flag}, and the calls that it makes`, async () => {
          const child = start([
            flag,
            '@vango/opentelemetry/register',
            '--require',
            './clients.cjs',
            app,
          ]);
          const { client, hid, metrics } = await connect(child);
          await client.click(hid('count'));
          await waitFor('the click', () => receiver.named('vango.Click').length > 0);
          await client.click(hid('http'));
          await client.click(hid('fetch'));
          await waitFor('all clicks', () => receiver.named('vango.Click').length === 3);
          await waitFor(
            'the calls',
            () => receiver.spans.filter(span => /^GET/.test(span.name)).length === 2,
          );

          const sessionId = client.hello?.sessionId;
          const [first, ...others] = receiver.named('vango.Click');
          expect(first?.kind).to.equal(SERVER);
          expect(first?.parentSpanId).to.equal('');
          expect(first?.scope).to.equal('@vango/opentelemetry');
          expect(first?.status.code ?? 0).to.equal(0);
          const {
            'vango.queue_time': queue,
            'vango.render_time': render,
            'vango.patch_bytes': bytes,
            ...attributes
          } = first?.attributes ?? {};
          expect(queue).to.be.within(0, 1);
          expect(render).to.be.within(0, 1);
          expect(bytes).to.be.within(10, 100);
          expect(attributes).to.deep.equal({
            'vango.path': '/items/42',
            'vango.session_id': sessionId,
            'vango.event_type': 'Click',
            'vango.event_target': hid('count'),
            'vango.route': '/items/:id',
            'vango.component': 'Page',
            'code.function.name': 'Page.onClick',
            'vango.render_cause': ['signal 1 of Page'],
            'vango.patch_count': 1,
            'url.path': '/items/42',
            'http.route': '/items/:id',
            'session.id': sessionId,
          });
          const [connected] = receiver.named('vango.connect');
          expect(first?.links.map(({ spanId }) => spanId)).to.deep.equal([connected?.spanId]);
          const calls = receiver.spans.filter(span => /^GET/.test(span.name));
          expect(
            calls.map(({ parentSpanId, traceId }) => [traceId, parentSpanId]),
          ).to.have.deep.members(others.map(({ spanId, traceId }) => [traceId, spanId]));

          const scraped = await scrape(metrics);
          expect(
            scraped.value('vango_events_total', {
              type: 'Click',
              path: '/items/:id',
              status: 'success',
            }),
          ).to.equal(3);
          expect(
            scraped.value('vango_event_duration_seconds_count', { path: '/items/:id' }),
          ).to.equal(3);
        });
      }
    }

    it('shows the spans that it exports in its live view', async () => {
      const child = start([...REGISTER, '--require', './clients.cjs', 'app.cjs']);
      const [, url = ''] = await child.until(/live view: (\S+)/);
      const list = await LiveClient.open<SlowList>(url, 'slow');
      await list.until('a frame', () => true);
      const { client, hid } = await connect(child);
      await client.click(hid('slow'));
      const { rows } = await list.until('the event', data => data.rows.length > 0);
      const view = await LiveClient.open<SlowList>(url, `slow/${rows[0]?.id}`);
      const { chosen } = await view.until('its spans', data => data.chosen !== undefined);
      await waitFor('the span', () => receiver.named('vango.Click').length > 0);
      const exported = receiver.spans.filter(({ traceId }) => traceId === chosen?.trace);
      expect(exported.map(({ name }) => name)).to.have.members(['vango.Click', 'GET']);
      expect(chosen?.spans.map(({ id, name, scope }) => [id, name, scope])).to.have.deep.members(
        exported.map(({ spanId, name, scope }) => [spanId, name, scope]),
      );
      list.close();
      view.close();
    });

    it('exports the same spans without a live view', async () => {
      const child = start([...REGISTER, '--require', './clients.cjs', 'app.cjs'], {
        OTEL_INSTRUMENTATION_VANGO_LIVE_VIEW: 'false',
      });
      const { client, hid } = await connect(child);
      await client.click(hid('slow'));
      await waitFor('the spans', () => receiver.named('vango.Click').length > 0);
      const [{ traceId } = { traceId: '' }] = receiver.named('vango.Click');
      const exported = receiver.spans.filter(span => span.traceId === traceId);
      expect(exported.map(({ name }) => name)).to.have.members(['vango.Click', 'GET']);
      expect(child.output).not.to.include('live view');
    });

    it('records a handler that throws as a failed span and a failed event', async () => {
      const { client, hid, metrics } = await connect(start([...REGISTER, 'app.cjs']));
      await client.click(hid('fail'));
      expect(client.errors).to.deep.equal([
        { code: 4, message: 'The action failed', fatal: false },
      ]);
      const [span] = await waitFor('the span', () => {
        const found = receiver.named('vango.Click');
        return found.length > 0 ? found : undefined;
      });
      expect(span?.status).to.deep.include({ code: ERROR, message: 'too slow' });
      expect(span?.attributes['error.type']).to.equal('timeout');
      expect(
        span?.events.map(({ name, attributes }) => [name, attributes['exception.message']]),
      ).to.deep.equal([['exception', 'too slow']]);
      const scraped = await scrape(metrics);
      expect(
        scraped.value('vango_events_total', { type: 'Click', path: '/items/:id', status: 'error' }),
      ).to.equal(1);
      expect(
        scraped.value('vango_event_errors_total', { path: '/items/:id', error_type: 'timeout' }),
      ).to.equal(1);
      await client.click(hid('count'));
      expect(client.patches.at(-1)).to.deep.include({ value: 'count 1' });
    });

    it('exports failures as log records, in the trace of a span that is dropped', async () => {
      const child = start([...REGISTER, 'app.cjs'], {
        ...receiver.environment,
        OTEL_METRICS_EXPORTER: 'none',
        OTEL_TRACES_SAMPLER: 'always_off',
      });
      const { page, client } = await visit(child);
      await client.click(page.hid('fail'));
      await waitFor('the record', () => receiver.logs.length > 0);
      const [record] = receiver.logs;
      expect(record).to.deep.include({
        ...{ eventName: 'vango.event.exception', severity: 17, body: 'too slow' },
        scope: '@vango/opentelemetry',
      });
      expect(record?.traceId).to.match(/^[0-9a-f]{32}$/);
      expect(record?.attributes).to.include({
        'exception.type': 'ETIMEDOUT',
        'exception.message': 'too slow',
        'error.type': 'timeout',
        'http.route': '/items/:id',
        'session.id': client.hello?.sessionId,
      });
      expect(receiver.spans).to.deep.equal([]);
    });

    it('links to the trace of a browser, and trusts its flag only if asked to', async () => {
      const sent = `f${'a'.repeat(31)}`;
      const clickIn = async (env: Record<string, string>) => {
        const child = start([...REGISTER, 'app.cjs'], {
          OTEL_TRACES_SAMPLER: 'parentbased_always_off',
          ...env,
        });
        const { client, hid } = await connect(child);
        await client.click(hid('count'), `00-${sent}-${'b'.repeat(16)}-01`);
        child.signal('SIGTERM');
        await child.exit();
        return receiver.named('vango.Click').at(-1);
      };
      expect(await clickIn({})).to.equal(undefined);
      const trusted = await clickIn({ OTEL_INSTRUMENTATION_VANGO_TRUST_CLIENT_CONTEXT: 'parent' });
      expect([trusted?.traceId, trusted?.parentSpanId]).to.deep.equal([sent, 'b'.repeat(16)]);
      const linked = await clickIn({ OTEL_TRACES_SAMPLER: 'parentbased_always_on' });
      expect(linked?.parentSpanId).to.equal('');
      expect(linked?.links.map(({ traceId }) => traceId)).to.include(sent);
    });

    it('keeps sessions as a whole, and tells called services so', async () => {
      const env = {
        OTEL_INSTRUMENTATION_VANGO_SESSION_SAMPLING: '0.5',
        OTEL_TRACES_SAMPLER: 'always_off',
      };
      const child = start([...REGISTER, '--require', './clients.cjs', 'app.cjs'], env);
      const isKept = ({ page }: Visit): boolean =>
        /name="traceparent" content="[^"]*-01"/.test(page.html);
      let visited = await visit(child);
      while (!isKept(visited)) visited = await visit(child);
      const { page, client } = visited;
      await client.click(page.hid('count'));
      await client.click(page.hid('http'));
      const [, randomness = ''] = await child.until(/called with ot=th:8;rv:([0-9a-f]{14})\n/);
      expect(page.html).to.include(`${randomness}-`);
      expect(randomness >= '80000000000000').to.equal(true);
      await waitFor('both clicks', () => receiver.named('vango.Click').length === 2);
    });

    it('leaves the sampler of an SDK that is running, and says so', async () => {
      const env = { OTEL_INSTRUMENTATION_VANGO_SESSION_SAMPLING: '0.5' };
      const child = start(['--require', './sdk.cjs', ...REGISTER, 'app.cjs'], env);
      await child.until(/the sampler of the OpenTelemetry SDK .* give it sessionSampler\(0\.5\)/);
    });

    it('reads options from the environment, and records user ids only if asked to', async () => {
      const child = start([...REGISTER, 'app.cjs'], {
        OTEL_INSTRUMENTATION_VANGO_INCLUDE_USER_ID: 'true',
        OTEL_INSTRUMENTATION_VANGO_METRICS_NAMESPACE: 'myapp',
        OTEL_INSTRUMENTATION_VANGO_METRICS_CONST_LABELS: 'region=eu',
      });
      const { client, hid, metrics } = await connect(child);
      await client.click(hid('count'));
      await waitFor('the span', () => receiver.named('vango.Click').length > 0);
      expect(receiver.named('vango.Click')[0]?.attributes['vango.user_id']).to.equal('user-7');
      const scraped = await scrape(metrics);
      const labels = { type: 'Click', path: '/items/:id', status: 'success', region: 'eu' };
      expect(scraped.value('myapp_events_total', labels)).to.equal(1);
    });

    it('does nothing when the SDK or this instrumentation is disabled', async () => {
      const disabling: Array<Record<string, string>> = [
        { OTEL_SDK_DISABLED: 'true' },
        { OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'http,vango' },
      ];
      for (const env of disabling) {
        const child = start([...REGISTER, 'app.cjs'], env);
        const [, origin = ''] = await child.until(/listening on (\S+)/);
        const page = await loadPage(origin, '/items/1');
        expect(page.html).not.to.include('traceparent');
        expect(child.output).not.to.include('[vango]');
      }
    });

    it('leaves worker threads alone, and reports one that loads vango', async () => {
      const code =
        "const { Worker } = require('node:worker_threads');" +
        'new Worker(\'process.stdout.write("worker ran\\\\n")\', { eval: true });' +
        'new Worker(\'require("vango")\', { eval: true });';
      const child = start([...REGISTER, '-e', code]);
      expect(await child.exit()).to.deep.equal({ code: 0, signal: null });
      expect(child.output).to.include('worker ran');
      expect(child.output.match(/\[vango\].*/g)).to.deep.equal([
        '[vango] telemetry off: vango runs in a worker thread, ' +
          'where only an SDK of its own can be started',
      ]);
    });

    it('changes neither the end of a process nor its exit code', async () => {
      const child = start([...REGISTER, '-e', 'process.exitCode = 3']);
      expect(await child.exit(10_000)).to.deep.equal({ code: 3, signal: null });
    });

    it('hooks the loading of modules once an app is created, not before', async () => {
      const main = `
        const { prototype } = require('node:module');
        const isHooked = original => prototype.require !== original;
        const { require: original } = prototype;
        const { createApp } = require('vango');
        console.log('hooked:', isHooked(original));
        createApp();
        console.log('hooked:', isHooked(original));
        process.exit();`;
      const child = start([...REGISTER, '-e', main]);
      await child.exit(10_000);
      expect(child.output.match(/hooked: .*/g)).to.deep.equal(['hooked: false', 'hooked: true']);
    });

    it('reports a port that is taken, and the app still serves', async () => {
      const first = start([...REGISTER, 'app.cjs']);
      const [, port = ''] = await first.until(/metrics: http:\/\/localhost:(\d+)/);
      const child = start([...REGISTER, 'app.cjs'], {
        OTEL_EXPORTER_PROMETHEUS_PORT: port,
      });
      await child.until(
        new RegExp(
          `localhost:${port} is taken by another process. Set OTEL_EXPORTER_PROMETHEUS_PORT`,
        ),
      );
      const [, origin = ''] = await child.until(/listening on (\S+)/);
      expect((await fetch(`${origin}/items/1`)).status).to.equal(200);
    });

    it('reports what is wrong with the environment, and the app still serves', async () => {
      const wrong: Array<[Record<string, string>, string]> = [
        [
          { OTEL_METRICS_EXPORTER: 'statsd' },
          'OTEL_METRICS_EXPORTER contains "statsd"; give prometheus, otlp, console, none',
        ],
        [
          { OTEL_EXPORTER_PROMETHEUS_PORT: '99999' },
          'OTEL_EXPORTER_PROMETHEUS_PORT is "99999"; give a whole number from 0 to 65535',
        ],
        [
          { OTEL_INSTRUMENTATION_VANGO_STATUS_OK: 'yes' },
          'OTEL_INSTRUMENTATION_VANGO_STATUS_OK is "yes"; give true or false',
        ],
        [
          { OTEL_INSTRUMENTATION_VANGO_METRICS_BUCKETS: '1,0.5' },
          'option buckets is [1,0.5]; give at least one finite number of seconds, in rising order',
        ],
      ];
      for (const [env, message] of wrong) {
        const child = start([...REGISTER, 'app.cjs'], env);
        await child.until(/listening on/);
        expect(child.output).to.include('[vango] telemetry not started');
        expect(child.output).to.include(message);
        await child.stop();
      }
    });

    it("flushes on SIGTERM, which then ends the process or reaches the app's handler", async () => {
      for (const [env, end] of [
        [{}, { code: null, signal: 'SIGTERM' }],
        [{ SIGNAL_HANDLER: '5' }, { code: 5, signal: null }],
      ] as const) {
        const seen = receiver.named('vango.Click').length;
        const child = start([...REGISTER, 'app.cjs'], {
          OTEL_BSP_SCHEDULE_DELAY: '60000',
          ...env,
        });
        const { client, hid } = await connect(child);
        await client.click(hid('count'));
        child.signal('SIGTERM');
        expect(await child.exit(10_000)).to.deep.equal(end);
        expect(receiver.named('vango.Click').length).to.equal(seen + 1);
      }
    });

    it('joins an SDK that is running', async () => {
      const child = start(['--require', './sdk.cjs', ...REGISTER, 'app.cjs']);
      await child.until(/joined the OpenTelemetry SDK that is running/);
      const { page, client } = await visit(child);
      await client.click(page.hid('count'));
      await waitFor('the span', () => receiver.named('vango.Click').length > 0);
      expect(receiver.named('vango.Click').length).to.equal(1);
    });

    it('works in a NodeSDK of the user with the stock Prometheus exporter', async () => {
      const port = await freePort();
      const child = start(['--require', './own-sdk.cjs', 'app.cjs'], {
        METRICS_PORT: String(port),
      });
      const { page, client } = await visit(child);
      await client.click(page.hid('count'));
      await waitFor('the span', () => receiver.named('vango.Click').length > 0);
      const scraped = await scrape(`http://localhost:${port}/metrics`);
      const [sample] = scraped
        .series('vango_events_total')
        .filter(({ labels }) => labels.type === 'Click');
      expect(sample?.value).to.equal(1);
      expect(sample?.labels).to.include({ type: 'Click', path: '/items/:id', status: 'success' });
    });
  });
}
