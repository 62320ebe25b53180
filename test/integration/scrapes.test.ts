import { once } from 'node:events';
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer, text as textOfStream } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import { VangoPrometheusExporter } from '../../src/prometheus';
import { requirePart } from '../../vango/test/support/requires';
import { waitFor } from '../../vango/test/support/wait';
import { heapAfterCollection } from '../support/garbage';
import { Prometheus, promtoolComplaints, Scrape } from '../support/prometheus';
import { parsed } from '../support/prometheusClient';

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
/** What Prometheus asks for. */
const ACCEPT =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,' +
  'text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
const SERIES = 1000;

describe('scrapes', () => {
  let exporter: VangoPrometheusExporter;
  let provider: MeterProvider;

  beforeEach(async () => {
    exporter = new VangoPrometheusExporter({ host: '127.0.0.1', port: 0 });
    provider = new MeterProvider({ readers: [exporter] });
    await exporter.startServer();
  });
  afterEach(() => provider.shutdown());

  /** Records some series of histograms with long labels. */
  function record(metrics: number): void {
    for (let metric = 0; metric < metrics; metric++) {
      const histogram = provider.getMeter('m').createHistogram(`wait_${metric}`);
      for (let i = 0; i < SERIES; i++) histogram.record(i, { path: `/${i}/`.padEnd(200, 'x') });
    }
  }

  async function get(headers: OutgoingHttpHeaders, method = 'GET'): Promise<IncomingMessage> {
    const [response] = await once(
      request(exporter.url as string, { headers, method }).end(),
      'response',
    );
    return response;
  }

  it('get the format and the encoding that they ask for', async () => {
    record(1);
    for (const [headers, type, encoding] of [
      [{}, TEXT, undefined],
      [{ accept: ACCEPT }, OPEN_METRICS, undefined],
      [{ accept: ACCEPT, 'accept-encoding': 'gzip' }, OPEN_METRICS, 'gzip'],
      [{ 'accept-encoding': 'gzip' }, TEXT, 'gzip'],
    ] as const) {
      const response = await get(headers);
      expect(response.statusCode).to.equal(200);
      expect(response.headers['content-type']).to.equal(type);
      expect(response.headers['content-encoding']).to.equal(encoding);
      expect(response.headers.vary).to.equal('Accept, Accept-Encoding');
      const body = await buffer(response);
      const text = (encoding === 'gzip' ? gunzipSync(body) : body).toString();
      expect(text.match(/^wait_0_count/gm)?.length).to.equal(SERIES);
      expect(text.endsWith('\n# EOF\n')).to.equal(type === OPEN_METRICS);
      const head = await get(headers, 'HEAD');
      expect([head.statusCode, head.headers['content-type']]).to.deep.equal([200, type]);
      expect(await textOfStream(head)).to.equal('');
    }
  });

  it('are refused if they take none of the formats', async () => {
    for (const headers of [{ accept: 'application/json' }, { 'accept-encoding': 'identity;q=0' }]) {
      const response = await get(headers);
      expect(response.statusCode).to.equal(406);
      expect(await textOfStream(response)).to.include(OPEN_METRICS);
    }
  });

  it('are answered with all series, ten at once', async () => {
    record(5);
    const texts = await Promise.all(
      Array.from({ length: 10 }, async () => textOfStream(await get({}))),
    );
    expect(new Set(texts).size).to.equal(1);
    expect(texts[0]?.match(/_count\{/g)?.length).to.equal(5 * SERIES);
  });

  it('of readers that do not read are limited, hold little, and end with them', async () => {
    record(10);
    await textOfStream(await get({}));
    const before = heapAfterCollection();
    const stuck: IncomingMessage[] = [];
    // One after another: readers that come together share what is collected.
    for (let reader = 0; reader < 16; reader++) stuck.push(await get({}));
    const held = (heapAfterCollection() - before) / stuck.length;
    expect(held / (10 * SERIES), 'bytes held per reader and series').to.be.below(400);
    const refused = await get({});
    expect([refused.statusCode, refused.headers['retry-after']]).to.deep.equal([503, '1']);
    refused.resume();
    for (const response of stuck) response.destroy();
    await waitFor('room', async () => {
      const response = await get({});
      response.resume();
      return response.statusCode === 200;
    });
  });

  it('are taken by a real Prometheus in both formats', async function () {
    requirePart(this, 'prometheus');
    requirePart(this, 'promtool');
    requirePart(this, 'prometheus_client');
    const meter = provider.getMeter('m');
    const odd = '"\\\n😀\0 # {} ü';
    meter.createCounter('jobs').add(3, { odd });
    meter.createGauge('jobs').record(4);
    meter.createGauge('level').record(Number.NaN, { odd: '' });
    meter.createGauge('depth').record(Number.NEGATIVE_INFINITY, { long: 'x'.repeat(65_536) });
    meter.createUpDownCounter('change').add(-5);
    meter.createHistogram('wait.seconds', { unit: 's' }).record(7, { odd });
    const [asText, asOpenMetrics] = await Promise.all(
      [{}, { accept: ACCEPT }].map(async headers => textOfStream(await get(headers))),
    );
    expect(promtoolComplaints(asText ?? '').filter(line => /error/.test(line))).to.deep.equal([]);
    const samples = new Scrape(asText ?? '').samples.length;
    expect(parsed('openMetrics', [asOpenMetrics ?? ''])[0]?.length).to.equal(samples);

    for (const [accept, bound] of [
      [ACCEPT, '10.0'],
      ['text/plain', '10'],
    ] as const) {
      const server = createServer((incoming, response) => {
        // Prometheus asks for OpenMetrics first.
        incoming.headers.accept = accept;
        exporter.getMetricsRequestHandler(incoming, response);
      });
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      const prometheus = await Prometheus.start(`127.0.0.1:${port}`);
      expect(await prometheus.query('scrape_samples_scraped')).to.equal(samples);
      expect(await prometheus.query('jobs_total{odd!=""}')).to.equal(3);
      expect(await prometheus.query('jobs')).to.equal(4);
      expect(await prometheus.query(`wait_seconds_bucket{le="${bound}"}`)).to.equal(1);
      expect(await prometheus.query('count(depth == -Inf)')).to.equal(1);
      await prometheus.stop();
      server.closeAllConnections();
      server.close();
    }
  });
});
