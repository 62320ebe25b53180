import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Server } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationType, MeterProvider } from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import { VangoPrometheusExporter } from '../../src/prometheus';
import { requirePart } from '../../vango/test/support/requires';
import { waitFor } from '../../vango/test/support/wait';
import { promtoolComplaints, Scrape } from '../support/prometheus';
import { useStderr } from '../support/stderr';

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

describe('VangoPrometheusExporter', () => {
  let exporter: VangoPrometheusExporter;
  let provider: MeterProvider;
  const said = useStderr();

  afterEach(async () => {
    await provider?.shutdown();
  });

  async function start(attributes = {}, host = '127.0.0.1'): Promise<URL> {
    exporter = new VangoPrometheusExporter({ host, port: 0 });
    provider = new MeterProvider({
      readers: [exporter],
      resource: resourceFromAttributes(attributes),
    });
    await exporter.startServer();
    return new URL(exporter.url as string);
  }

  /** Starts the exporter on a port that another server holds. */
  async function startOnTakenPort(): Promise<{ other: Server; port: number }> {
    const other = createTcpServer();
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    exporter = new VangoPrometheusExporter({ host: '127.0.0.1', port });
    provider = new MeterProvider({ readers: [exporter] });
    await exporter.startServer();
    return { other, port };
  }

  /** Requests as they are written on the line. */
  async function raw(url: URL, line: string): Promise<string> {
    const socket = connect(Number(url.port), '127.0.0.1');
    socket.write(`${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    return (await buffer(socket)).toString();
  }

  async function scraped(url: URL): Promise<string> {
    const response = await fetch(url);
    expect(response.headers.get('content-type')).to.equal(CONTENT_TYPE);
    return response.text();
  }

  it('waits for attributes of the resource that are still on their way', async () => {
    let arrive = (_: string): void => {};
    const id = new Promise<string>(resolve => {
      arrive = resolve;
    });
    const url = await start({ 'service.instance.id': id });
    const scrape = scraped(url);
    setImmediate(arrive, 'late');
    expect(await scrape).to.include('service_instance_id="late"');
  });

  it('takes GET and HEAD, and refuses the rest', async () => {
    const url = await start();
    provider.getMeter('m').createCounter('jobs').add(1);
    for (const method of ['POST', 'PUT', 'OPTIONS', 'DELETE', 'PATCH']) {
      const response = await fetch(url, { method });
      expect([response.status, response.headers.get('allow'), await response.text()]).to.deep.equal(
        [405, 'GET, HEAD', ''],
      );
    }
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-type'), await head.text()]).to.deep.equal([
      200,
      CONTENT_TYPE,
      '',
    ]);
    expect(await scraped(url)).to.include('\njobs_total 1\n');
  });

  it('takes request targets in each form', async () => {
    const url = await start();
    const status = async (line: string): Promise<string | undefined> =>
      /^HTTP\/1.1 (\d+)/.exec(await raw(url, line))?.[1];
    expect(await status('GET /metrics')).to.equal('200');
    expect(await status('GET /metrics?name[]=x')).to.equal('200');
    expect(await status(`GET http://127.0.0.1:${url.port}/metrics`)).to.equal('200');
    expect(await status('GET HTTP://other/metrics?x')).to.equal('200');
    expect(await status('GET http://other/')).to.equal('404');
    expect(await status('GET //metrics')).to.equal('404');
    expect(await status('GET metrics')).to.equal('400');
    expect(await status('OPTIONS *')).to.equal('400');
  });

  it('gives its URL, also for IPv6', async function () {
    const url = await start({}, '::1').catch(() => undefined);
    if (url === undefined) return this.skip();
    expect(exporter.url).to.equal(`http://[::1]:${exporter.address?.port}/metrics`);
    expect((await fetch(url)).status).to.equal(200);
  });

  it('answers on a server of the application with the content type of the format', async () => {
    await start();
    const server = createServer((request, response) =>
      exporter.getMetricsRequestHandler(request, response),
    );
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    await scraped(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/whatever`));
    server.close();
  });

  it('waits for a port that is taken, and reports both', async () => {
    const { other, port } = await startOnTakenPort();
    await exporter.startServer();
    expect(exporter.url).to.equal(undefined);
    expect(said).to.deep.equal([
      `[vango] metrics are not published: 127.0.0.1:${port} is taken by another process. ` +
        'Set OTEL_EXPORTER_PROMETHEUS_PORT, or the option port, to a free port. ' +
        'It is tried again every second',
    ]);
    await new Promise(resolve => other.close(resolve));
    await waitFor('the port', () => exporter.url);
    expect(said.slice(1)).to.deep.equal([
      `[vango] metrics are published now: http://127.0.0.1:${port}/metrics`,
    ]);
  });

  it('listens when it is started later, after a port was taken', async () => {
    const { other, port } = await startOnTakenPort();
    await new Promise(resolve => other.close(resolve));
    await exporter.startServer();
    expect(exporter.address?.port).to.equal(port);
    await exporter.stopServer();
    await exporter.startServer();
    expect(exporter.address?.port).to.equal(port);
  });

  it('answers without an observable instrument that never reports', async function () {
    this.timeout(15_000);
    const url = await start();
    const meter = provider.getMeter('m');
    meter.createCounter('jobs').add(1);
    meter.createObservableGauge('stuck').addCallback(() => new Promise(() => {}));
    expect(await scraped(url)).to.include('\njobs_total 1\n');
  });

  it('joins labels whose names become one, and makes names of labels valid', async function () {
    const url = await start({
      'service.a.b': '1',
      'service.a_b': '2',
      'service.1st': 'x',
      'service.grüße': 'y',
    });
    const meter = provider.getMeter('m');
    meter
      .createCounter('requests')
      .add(1, { 'http.route': '/a', http_route: '/b', team__a: 1, team_a: true });
    meter
      .createHistogram('sizes', { advice: { explicitBucketBoundaries: [1] } })
      .record(1, { le: 'mine' });
    const text = await scraped(url);
    expect(text).to.match(
      /target_info\{(?=.*service_a_b="1;2")(?=.*service_1st="x")(?=.*service_gr_e="y").*\} 1/,
    );
    expect(text).to.include('requests_total{http_route="/a;/b",team_a="1;true"} 1');
    expect(text).to.include('sizes_bucket{exported_le="mine",le="1"} 1');
    requirePart(this, 'promtool');
    expect(
      promtoolComplaints(text).filter(line => /error|invalid|duplicate/i.test(line)),
    ).to.deep.equal([]);
  });

  it('writes a family once, whatever its scopes and its spelling', async () => {
    const url = await start();
    const [one, two] = [provider.getMeter('one'), provider.getMeter('two')];
    one.createCounter('jobs').add(1, { of: 'a' });
    two.createCounter('jobs').add(2, { of: 'b' });
    two.createCounter('jobs_total').add(3, { of: 'c' });
    one.createCounter('http.jobs').add(4);
    two.createCounter('http_jobs').add(5);
    const text = new Scrape(await scraped(url));
    expect(text.value('jobs_total', { of: 'a' })).to.equal(1);
    expect(text.value('jobs_total', { of: 'b' })).to.equal(2);
    expect(text.value('jobs_total', { of: 'c' })).to.equal(3);
    expect(text.value('http_jobs_total')).to.equal(4);
    expect(text.value('http_jobs_total', { otel_scope_name: 'two' })).to.equal(5);
    await scraped(url);
    expect(said).to.deep.equal([
      '[vango] metrics: http_jobs_total of two is written with otel_scope_name: ' +
        'another series has its labels',
    ]);
  });

  it('writes count and sum of an exponential histogram, with one line', async () => {
    exporter = new VangoPrometheusExporter({ host: '127.0.0.1', port: 0 });
    provider = new MeterProvider({
      readers: [exporter],
      views: [
        { instrumentName: 'wait', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } },
      ],
    });
    await exporter.startServer();
    const wait = provider.getMeter('m').createHistogram('wait');
    for (const value of [0, 1, 2.5]) wait.record(value, { of: 'a' });
    await scraped(new URL(exporter.url as string));
    const text = new Scrape(await scraped(new URL(exporter.url as string)));
    expect(text.types.get('wait')).to.equal('histogram');
    expect(text.samples.filter(({ name }) => name.startsWith('wait'))).to.deep.equal([
      { name: 'wait_count', labels: { of: 'a' }, value: 3 },
      { name: 'wait_sum', labels: { of: 'a' }, value: 3.5 },
      { name: 'wait_bucket', labels: { of: 'a', le: '+Inf' }, value: 3 },
    ]);
    expect(said).to.deep.equal([
      '[vango] metrics: wait of m is written without buckets: the format has none for ' +
        'exponential histograms; give it explicit ones by a view',
    ]);
  });

  it('publishes nothing of the host and of the command line', async () => {
    const url = await start({
      'service.name': 'shop',
      'service.instance.id': 'i',
      'deployment.environment.name': 'test',
      'telemetry.sdk.language': 'nodejs',
      'process.runtime.version': '20',
      'process.command_args': ['node', '--secret'],
      'process.owner': 'root',
      'process.pid': 1,
      'host.id': 'h',
      'host.name': 'n',
      serviceman: 'x',
    });
    const [target] = new Scrape(await scraped(url)).series('target_info');
    expect(target?.labels).to.deep.equal({
      service_name: 'shop',
      service_instance_id: 'i',
      deployment_environment_name: 'test',
      telemetry_sdk_language: 'nodejs',
      process_runtime_version: '20',
    });
  });

  it('reports once what it cannot write', async () => {
    const url = await start();
    const meter = provider.getMeter('one');
    meter.createHistogram('size').record(1);
    provider.getMeter('two').createGauge('size').record(1);
    meter.createGauge('size.count').record(7);
    meter.createGauge('target.info').record(7);
    meter.createCounter('a.b').add(1);
    meter.createCounter('a_b').add(2);
    const text = new Scrape(await scraped(url));
    await scraped(url);
    expect(text.types.get('size')).to.equal('histogram');
    expect(text.value('size_count')).to.equal(1);
    expect(text.value('a_b_total')).to.equal(1);
    expect(text.value('a_b_total', { otel_scope_name: 'one' })).to.equal(2);
    expect(said.map(line => line.replace('[vango] metrics: ', ''))).to.have.members([
      'size of two is left out: size is taken by size of one, a histogram',
      'size.count of one is left out: size_count is taken by size of one, a histogram',
      'target.info of one is left out: target_info is taken by the labels of the resource',
      'a_b_total of one is written with otel_scope_name: another series has its labels',
    ]);
  });
});
