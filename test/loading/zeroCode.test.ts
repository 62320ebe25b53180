import { expect } from 'chai';
import { Child, stopChildren } from '../../vango/test/support/child';
import { freePort, waitFor } from '../../vango/test/support/wait';
import { loadPage, WireClient } from '../../vango/test/support/wireClient';
import { OtlpReceiver } from '../support/otlpReceiver';
import { type Installation, install, PLATFORMS } from '../support/packages';
import { scrape } from '../support/prometheus';

const SERVER = 2;
const ERROR = 2;

for (const platform of PLATFORMS) {
  describe(`zero code, ${platform.label}`, function () {
    this.timeout(240_000);
    let installation: Installation;
    let receiver: OtlpReceiver;

    before(() => {
      installation = install(platform);
    });
    beforeEach(async () => {
      receiver = await OtlpReceiver.start();
    });
    afterEach(async () => {
      await stopChildren();
      await receiver.stop();
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
      const [, origin = ''] = await child.until(/listening on (\S+)/);
      const page = await loadPage(origin, '/items/42');
      return { client: await WireClient.connect(page.socketUrl), hid: page.hid, metrics };
    }

    for (const app of ['app.cjs', 'app.mjs']) {
      for (const flag of ['--require', '--import']) {
        it(`${app} with ${flag}: a click is one span, with all attributes and with its calls below it`, async () => {
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
          expect(first?.attributes).to.deep.equal({
            'vango.path': '/items/42',
            'vango.session_id': sessionId,
            'vango.event_type': 'Click',
            'vango.event_target': hid('count'),
            'vango.route': '/items/:id',
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

    it('a handler that throws is a failed span and a failed event, by the type of its error', async () => {
      const { client, hid, metrics } = await connect(
        start(['--require', '@vango/opentelemetry/register', 'app.cjs']),
      );
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

    it('links to the trace of a browser, and believes its flag only if asked to', async () => {
      const sent = `f${'a'.repeat(31)}`;
      const clickIn = async (env: Record<string, string>) => {
        const child = start(['--require', '@vango/opentelemetry/register', 'app.cjs'], {
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

    it('options come from the environment; user ids only when asked for', async () => {
      const child = start(['--require', '@vango/opentelemetry/register', 'app.cjs'], {
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
        const child = start(['--require', '@vango/opentelemetry/register', 'app.cjs'], env);
        const [, origin = ''] = await child.until(/listening on (\S+)/);
        const page = await loadPage(origin, '/items/1');
        expect(page.html).not.to.include('traceparent');
        expect(child.output).not.to.include('[vango]');
      }
    });

    it('leaves worker threads alone, and says so where one loads vango', async () => {
      const code =
        "const { Worker } = require('node:worker_threads');" +
        'new Worker(\'process.stdout.write("worker ran\\\\n")\', { eval: true });' +
        'new Worker(\'require("vango")\', { eval: true });';
      const child = start(['--require', '@vango/opentelemetry/register', '-e', code]);
      expect(await child.exit()).to.deep.equal({ code: 0, signal: null });
      expect(child.output).to.include('worker ran');
      expect(child.output.match(/\[vango\].*/g)).to.deep.equal([
        '[vango] telemetry off: vango runs in a worker thread, where only an SDK of its own can be started',
      ]);
    });

    it('keeps neither a process alive nor its exit code from it', async () => {
      const child = start([
        '--require',
        '@vango/opentelemetry/register',
        '-e',
        'process.exitCode = 3',
      ]);
      expect(await child.exit(10_000)).to.deep.equal({ code: 3, signal: null });
    });

    it('tells of a port that is taken, and the app goes on', async () => {
      const first = start(['--require', '@vango/opentelemetry/register', 'app.cjs']);
      const [, port = ''] = await first.until(/metrics: http:\/\/localhost:(\d+)/);
      const child = start(['--require', '@vango/opentelemetry/register', 'app.cjs'], {
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

    it('says what is wrong with the environment, and the app goes on', async () => {
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
        const child = start(['--require', '@vango/opentelemetry/register', 'app.cjs'], env);
        await child.until(/listening on/);
        expect(child.output).to.include('[vango] telemetry not started');
        expect(child.output).to.include(message);
        await child.stop();
      }
    });

    it('flushes on SIGTERM; the end is the application’s, or the signal’s', async () => {
      for (const [env, end] of [
        [{}, { code: null, signal: 'SIGTERM' }],
        [{ SIGNAL_HANDLER: '5' }, { code: 5, signal: null }],
      ] as const) {
        const seen = receiver.named('vango.Click').length;
        const child = start(['--require', '@vango/opentelemetry/register', 'app.cjs'], {
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
      const child = start([
        '--require',
        './sdk.cjs',
        '--require',
        '@vango/opentelemetry/register',
        'app.cjs',
      ]);
      await child.until(/joined the OpenTelemetry SDK that is running/);
      const [, origin = ''] = await child.until(/listening on (\S+)/);
      const page = await loadPage(origin, '/items/42');
      const client = await WireClient.connect(page.socketUrl);
      await client.click(page.hid('count'));
      await waitFor('the span', () => receiver.named('vango.Click').length > 0);
      expect(receiver.named('vango.Click').length).to.equal(1);
    });

    it('works below a user’s NodeSDK with the stock Prometheus exporter', async () => {
      const port = await freePort();
      const child = start(['--require', './own-sdk.cjs', 'app.cjs'], {
        METRICS_PORT: String(port),
      });
      const [, origin = ''] = await child.until(/listening on (\S+)/);
      const page = await loadPage(origin, '/items/42');
      const client = await WireClient.connect(page.socketUrl);
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
