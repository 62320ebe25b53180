import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { buildSync } from 'esbuild';
import { Child } from '../../vango/test/support/child';
import { freePort, waitFor } from '../../vango/test/support/wait';
import { OtlpReceiver } from '../support/otlpReceiver';
import { type Installation, PLATFORMS } from '../support/packages';
import { scrape } from '../support/prometheus';
import { REGISTER, useInstallation, visit } from '../support/suites';

const ROOT = join(__dirname, '../..');

for (const platform of PLATFORMS) {
  describe(`the start, ${platform.label}`, function () {
    this.timeout(240_000);
    let installation: Installation;

    useInstallation(platform, installed => {
      installation = installed;
    });

    function start(
      env: Record<string, string> = {},
      args = [...REGISTER, 'app.cjs'],
      cwd = installation.folder,
    ): Child {
      return new Child(installation.node, args, {
        cwd,
        env: { OTEL_EXPORTER_PROMETHEUS_PORT: '0', ...env },
      });
    }

    const linesOf = (child: Child): string[] =>
      [...child.output.matchAll(/^\[vango\] (.*)$/gm)].map(([, line]) =>
        (line as string)
          .replace(/localhost:\d+/g, 'localhost:PORT')
          .replace(/token=[\w-]{32}$/, 'token=TOKEN'),
      );

    /** The lines of a start, up to a last one and until the app listens. */
    async function linesOfStart(
      env: Record<string, string>,
      last = /\[vango\] telemetry (started|joined|off|not)/,
    ): Promise<string[]> {
      const child = start(env);
      await child.until(last);
      await child.until(/listening on/);
      const lines = linesOf(child);
      await child.stop();
      return lines;
    }

    const STARTED = 'telemetry started; metrics: http://localhost:PORT/metrics; traces: ';
    const LIVE = '; live view: http://localhost:PORT/?token=TOKEN';

    it('leaves the port to an app that npm starts with the preload in NODE_OPTIONS', async () => {
      const port = await freePort();
      const scripts = { start: 'node app.cjs' };
      const folder = join(installation.folder, 'npm-start');
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder);
      for (const file of ['app.cjs', 'page.cjs'])
        cpSync(join(installation.folder, file), join(folder, file));
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'an-app', scripts }));
      const register = join(
        installation.folder,
        'node_modules/@vango/opentelemetry/build/register.js',
      );
      const child = new Child('npm', ['start'], {
        cwd: folder,
        env: {
          OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
          NODE_OPTIONS: `--require ${register}`,
          PATH: `${join(installation.node, '..')}:${process.env.PATH}`,
        },
      });
      await child.until(/\[vango\] telemetry started/, 60_000);
      await child.until(/listening on/);
      expect(linesOf(child)).to.deep.equal([`${STARTED}none${LIVE}`]);
      const scraped = await scrape(`http://localhost:${port}/metrics`);
      expect(scraped.value('vango_sessions_active')).to.equal(0);
    });

    it('does nothing in a process without vango, such as the primary of a cluster', async () => {
      const code = `
        const cluster = require('node:cluster');
        if (cluster.isPrimary) { cluster.fork(); setInterval(() => {}, 1000); }
        else require('./app.cjs');`;
      writeFileSync(join(installation.folder, 'cluster.cjs'), code);
      const port = await freePort();
      const child = start({ OTEL_EXPORTER_PROMETHEUS_PORT: String(port) }, [
        ...REGISTER,
        'cluster.cjs',
      ]);
      await child.until(/telemetry started; metrics: http/);
      expect(linesOf(child).filter(line => line.startsWith('telemetry')).length).to.equal(1);
      const scraped = await scrape(`http://localhost:${port}/metrics`);
      expect(scraped.value('vango_sessions_active')).to.equal(0);
    });

    const SAYS: ReadonlyArray<
      [what: string, env: Record<string, string>, lines: Array<string | RegExp>]
    > = [
      [
        'a list without vango',
        { OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http' },
        ['telemetry off: OTEL_NODE_ENABLED_INSTRUMENTATIONS is "http"; add vango to it'],
      ],
      [
        'an unknown exporter of traces',
        { OTEL_TRACES_EXPORTER: 'bogus' },
        [/"?bogus/, /Unable to set up/, `${STARTED}none${LIVE}`],
      ],
      [
        'an exporter in capitals beside one that is known',
        { OTEL_TRACES_EXPORTER: 'Console,console' },
        [/Console/, `${STARTED}console${LIVE}`],
      ],
      [
        'none beside another',
        { OTEL_TRACES_EXPORTER: 'console,none' },
        [/contains "none" along/, `${STARTED}otlp${LIVE}`],
      ],
      [
        'a token that is too short',
        { OTEL_INSTRUMENTATION_VANGO_LIVE_VIEW_TOKEN: 'short' },
        [
          'telemetry not started: OTEL_INSTRUMENTATION_VANGO_LIVE_VIEW_TOKEN has 5 characters; ' +
            'give at least 16',
        ],
      ],
      [
        'an address of other machines without a token',
        { OTEL_EXPORTER_PROMETHEUS_HOST: '0.0.0.0' },
        [
          /^live view off: 0\.0\.0\.0 can be reached .* Set OTEL_INSTRUMENTATION_VANGO_LIVE_VIEW/,
          /^telemetry started; metrics: http:\/\/0\.0\.0\.0:\d+\/metrics; traces: none$/,
        ],
      ],
      ['nothing of the live view in production', { NODE_ENV: 'production' }, [`${STARTED}none`]],
      [
        'none alone',
        { OTEL_TRACES_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' },
        [`${STARTED}none${LIVE}`],
      ],
      [
        'an unknown sampler',
        { OTEL_TRACES_EXPORTER: 'console', OTEL_TRACES_SAMPLER: 'ratio' },
        [/OTEL_TRACES_SAMPLER.*ratio/, `${STARTED}console${LIVE}`],
      ],
      [
        'a ratio out of range',
        {
          OTEL_TRACES_EXPORTER: 'console',
          OTEL_TRACES_SAMPLER: 'traceidratio',
          OTEL_TRACES_SAMPLER_ARG: '1.5',
        },
        [/OTEL_TRACES_SAMPLER_ARG=1.5/, `${STARTED}console${LIVE}`],
      ],
      [
        'a malformed resource attribute',
        { OTEL_RESOURCE_ATTRIBUTES: 'a=1,b' },
        [/OTEL_RESOURCE_ATTRIBUTES.*"b"/, `${STARTED}none${LIVE}`],
      ],
      [
        'an unknown log level',
        { OTEL_LOG_LEVEL: 'verbosely' },
        [
          'telemetry OTEL_LOG_LEVEL is "verbosely", taken as INFO; ' +
            'give NONE, ERROR, WARN, INFO, DEBUG, VERBOSE, ALL',
          `${STARTED}none${LIVE}`,
        ],
      ],
      [
        'an unknown protocol',
        { OTEL_METRICS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http' },
        [
          'telemetry problem: OTEL_EXPORTER_OTLP_METRICS_PROTOCOL is "http"; ' +
            'http/protobuf is used. Give http/protobuf, http/json, grpc',
          'telemetry started; metrics: otlp; traces: none',
        ],
      ],
      [
        'an interval below the default timeout',
        { OTEL_METRICS_EXPORTER: 'console', OTEL_METRIC_EXPORT_INTERVAL: '5000' },
        ['telemetry started; metrics: console; traces: none'],
      ],
      [
        'a timeout above the interval',
        { OTEL_METRICS_EXPORTER: 'prometheus,console', OTEL_METRIC_EXPORT_TIMEOUT: '90000' },
        [
          'telemetry problem: OTEL_METRIC_EXPORT_TIMEOUT is 90000, more than the interval; ' +
            '60000 is used',
          `telemetry started; metrics: http://localhost:PORT/metrics, console; traces: none${LIVE}`,
        ],
      ],
      [
        'an interval that is not a number',
        { OTEL_METRICS_EXPORTER: 'console', OTEL_METRIC_EXPORT_INTERVAL: '10s' },
        [/OTEL_METRIC_EXPORT_INTERVAL/, 'telemetry started; metrics: console; traces: none'],
      ],
      [
        'a configuration file that does not exist',
        { OTEL_CONFIG_FILE: 'nowhere.yaml' },
        [
          'telemetry not started: the SDK started nothing from OTEL_CONFIG_FILE, ' +
            'which is nowhere.yaml',
        ],
      ],
    ];

    for (const [what, env, expected] of SAYS) {
      it(`reports ${what} in one line each`, async () => {
        const lines = await linesOfStart(env);
        expect(lines.length, lines.join('\n')).to.equal(expected.length);
        for (const [index, line] of lines.entries()) {
          const wanted = expected[index];
          if (wanted instanceof RegExp) expect(line).to.match(wanted);
          else expect(line).to.equal(wanted);
        }
      });
    }

    it('uses a configuration file', async () => {
      const receiver = await OtlpReceiver.start();
      const endpoint = receiver.traceEnvironment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
      writeFileSync(
        join(installation.folder, 'otel.yaml'),
        `file_format: '1.0'
tracer_provider:
  processors:
    - batch: { schedule_delay: 50, exporter: { otlp_http: { endpoint: '${endpoint}' } } }
`,
      );
      const child = start({ OTEL_CONFIG_FILE: 'otel.yaml' });
      await child.until(/\[vango\] telemetry started as OTEL_CONFIG_FILE says: otel.yaml/);
      const { page, client } = await visit(child);
      await client.click(page.hid('count'));
      await waitFor('the span', () => receiver.named('vango.Click').length === 1);
      await receiver.stop();
    });

    it('reports once a collector that is down, and once one that refuses', async () => {
      const receiver = await OtlpReceiver.start();
      receiver.status = 401;
      const down = `http://127.0.0.1:${await freePort()}/v1/metrics`;
      const child = start({
        ...receiver.environment,
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: down,
        OTEL_METRIC_EXPORT_INTERVAL: '2000',
        OTEL_METRIC_EXPORT_TIMEOUT: '2000',
        OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '500',
      });
      const { page, client } = await visit(child);
      for (let seen = 0; seen < 3; seen++) {
        await client.click(page.hid('count'));
        const before = receiver.refused;
        await waitFor('a refusal', () => receiver.refused > before);
      }
      await child.until(/ECONNREFUSED/);
      const problems = linesOf(child).filter(line => line.includes('problem'));
      expect(
        problems.filter(line => /Unauthorized/.test(line)).length,
        problems.join('\n'),
      ).to.equal(1);
      expect(
        problems.filter(line => /ECONNREFUSED/.test(line)).length,
        problems.join('\n'),
      ).to.equal(1);
      expect(problems.length, problems.join('\n')).to.equal(2);
      await receiver.stop();
    });

    it('reports another version of the API that is loaded already, with the remedy', async () => {
      const agent = join(installation.folder, 'agent/node_modules/@opentelemetry/api');
      rmSync(agent, { recursive: true, force: true });
      cpSync(join(ROOT, 'node_modules/@opentelemetry/api'), agent, { recursive: true });
      if (platform !== PLATFORMS[1]) return;
      const agentCode = `
        const { metrics } = require('./node_modules/@opentelemetry/api');
        metrics.setGlobalMeterProvider({ getMeter() {} });`;
      writeFileSync(join(installation.folder, 'agent/agent.cjs'), agentCode);
      const child = start({}, ['--require', './agent/agent.cjs', ...REGISTER, 'app.cjs']);
      await child.until(/listening on/);
      await child.until(/\[vango\]/);
      expect(linesOf(child)).to.deep.equal([
        'telemetry not started: this process has @opentelemetry/api 1.9.1 already, which does ' +
          "not work with the application's 1.10.0; run npm install @opentelemetry/api@1.9.1, " +
          'or remove what is loaded before it',
      ]);
    });

    it('starts metrics where the running SDK has tracers alone', async () => {
      const child = start({}, ['--require', './sdk.cjs', ...REGISTER, 'app.cjs']);
      const [, url = ''] = await child.until(
        /joined the OpenTelemetry SDK that is running, and started what it lacks; metrics: ([^\s;]+)/,
      );
      const { page, client } = await visit(child);
      await client.click(page.hid('count'));
      const scraped = await scrape(url);
      expect(
        scraped.value('vango_events_total', {
          type: 'Click',
          path: '/items/:id',
          status: 'success',
        }),
      ).to.equal(1);
    });

    it('keeps what an application measures before it loads vango', async () => {
      const code = `
        const { metrics } = require('@opentelemetry/api');
        metrics.getMeter('app').createCounter('orders').add(3);
        require('./app.cjs');`;
      writeFileSync(join(installation.folder, 'measures.cjs'), code);
      const child = start({}, [...REGISTER, 'measures.cjs']);
      const [, url = ''] = await child.until(/metrics: (http:\S+);/);
      expect((await scrape(url)).value('orders_total')).to.equal(3);
    });

    it('emits log records from a bundle', async () => {
      const code = `
        const http = require('node:http');
        const vango = require('vango');
        const { logger } = require('@vango/opentelemetry');
        const createApp = () => vango.createApp().use(logger());
        require('./page.cjs').serve({ ...vango, createApp }, http);`;
      writeFileSync(join(installation.folder, 'logs.cjs'), code);
      buildSync({
        absWorkingDir: installation.folder,
        entryPoints: ['logs.cjs'],
        outfile: 'bundle/logs.cjs',
        bundle: true,
        platform: 'node',
        logLevel: 'error',
      });
      const receiver = await OtlpReceiver.start();
      const child = start(receiver.environment, [...REGISTER, 'bundle/logs.cjs']);
      const { page, client } = await visit(child);
      for (let click = 0; click < 3; click++) await client.click(page.hid('count'));
      await waitFor('the records', () => receiver.logs.length >= 3);
      expect(receiver.logs.map(({ body }) => body)).to.deep.equal(Array(3).fill('vango.Click'));
      await receiver.stop();
    });
  });
}
