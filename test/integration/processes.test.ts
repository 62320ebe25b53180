import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import { VangoPrometheusExporter } from '../../src/prometheus';
import { CONTENT_TYPES } from '../../src/prometheus/negotiate';
import { openFolder } from '../../src/prometheus/processes/folder';
import { Slot } from '../../src/prometheus/processes/slot';
import { requirePart } from '../../vango/test/support/requires';
import { freePort, waitFor } from '../../vango/test/support/wait';
import { promtoolComplaints, Scrape, scrape } from '../support/prometheus';
import { useStderr } from '../support/stderr';

const HOST = '127.0.0.1';

/** What stands for a process here: an exporter with its own metrics. */
class Member {
  readonly exporter: VangoPrometheusExporter;
  readonly provider: MeterProvider;

  constructor(port: number, name: string, host = HOST) {
    this.exporter = new VangoPrometheusExporter({ host, port, preventServerStart: true });
    this.provider = new MeterProvider({
      readers: [this.exporter],
      resource: resourceFromAttributes({ 'service.name': name }),
    });
  }

  /** Counts jobs. */
  work(jobs: number): void {
    this.provider.getMeter('m').createCounter('jobs', { description: 'Jobs.' }).add(jobs);
  }
}

describe('exporters that share a port', () => {
  const members: Member[] = [];
  const slots: Slot[] = [];
  let port: number;
  let url: string;

  beforeEach(async () => {
    port = await freePort();
    url = `http://${HOST}:${port}/metrics`;
  });
  afterEach(async () => {
    await Promise.all(members.splice(0).map(({ provider }) => provider.shutdown()));
    await Promise.all(slots.splice(0).map(slot => slot.leave()));
    rmSync(folder(), { recursive: true, force: true });
  });
  const said = useStderr();

  function folder(): string {
    const opened = openFolder(HOST, port);
    if ('missing' in opened) throw new Error(opened.missing);
    return opened.path;
  }

  async function start(name: string, jobs: number): Promise<Member> {
    const member = new Member(port, name);
    members.push(member);
    member.work(jobs);
    await member.exporter.startServer();
    return member;
  }

  /** Takes the next slot as a process that answers like this. */
  async function neighbour(respond: (question: string) => AsyncGenerator<string>): Promise<Slot> {
    const slot = await Slot.take(folder(), respond);
    slots.push(slot);
    return slot;
  }

  const jobsOf = (text: Scrape): Record<string, number> =>
    Object.fromEntries(
      text.series('jobs_total').map(({ labels, value }) => [labels.process ?? 'alone', value]),
    );
  const jobs = async (): Promise<Record<string, number>> => jobsOf(await scrape(url));

  it('write what one writes alone, while there is one', async () => {
    const { exporter } = await start('one', 3);
    const alone = createServer((request, response) =>
      exporter.getMetricsRequestHandler(request, response),
    );
    await new Promise<void>(resolve => alone.listen(0, HOST, resolve));
    const own = await fetch(`http://${HOST}:${(alone.address() as AddressInfo).port}/`);
    const shared = await fetch(url);
    expect(await shared.text()).to.equal(await own.text());
    for (const header of ['content-type', 'content-length'])
      expect(shared.headers.get(header)).to.equal(own.headers.get(header));
    alone.close();
  });

  it('write the series of each with its number, and nothing on standard error', async function () {
    const [one, two, three] = [await start('a', 1), await start('b', 2), await start('c', 3)];
    expect(await jobs()).to.deep.equal({ 0: 1, 1: 2, 2: 3 });
    expect([one, two, three].map(({ exporter }) => exporter.url)).to.deep.equal([url, url, url]);
    expect([one, two, three].map(({ exporter }) => exporter.slot)).to.deep.equal([0, 1, 2]);
    expect([two, three].map(({ exporter }) => exporter.address)).to.deep.equal([
      undefined,
      undefined,
    ]);
    const response = await fetch(url);
    const text = await response.text();
    expect(response.headers.get('content-type')).to.equal(
      'text/plain; version=0.0.4; charset=utf-8',
    );
    const names = new Scrape(text)
      .series('target_info')
      .map(({ labels }) => [labels.process, labels.service_name]);
    expect(names).to.deep.equal([
      ['0', 'a'],
      ['1', 'b'],
      ['2', 'c'],
    ]);
    expect((await fetch(url, { method: 'HEAD' })).status).to.equal(200);
    expect((await fetch(url, { method: 'POST' })).status).to.equal(405);
    expect(said).to.deep.equal([]);
    requirePart(this, 'promtool');
    expect(
      promtoolComplaints(text).filter(line => /error|invalid|duplicate/i.test(line)),
    ).to.deep.equal([]);
  });

  it('publish on, without a word, when the one with the port ends', async () => {
    const first = await start('a', 1);
    await start('b', 2);
    await start('c', 3);
    await first.exporter.stopServer();
    const started = performance.now();
    await waitFor('the next one', () => jobs().catch(() => undefined));
    expect(performance.now() - started).to.be.below(2000);
    expect(await jobs()).to.deep.equal({ 1: 2, 2: 3 });
    await first.exporter.startServer();
    expect(await jobs()).to.deep.equal({ 0: 1, 1: 2, 2: 3 });
    expect(said).to.deep.equal([]);
  });

  it('write no label again once one is alone', async () => {
    await start('a', 1);
    const second = await start('b', 2);
    expect(await jobs()).to.deep.equal({ 0: 1, 1: 2 });
    await second.exporter.stopServer();
    expect(await jobs()).to.deep.equal({ alone: 1 });
  });

  it('leave out one that is silent, with one line', async () => {
    await start('a', 1);
    await start('b', 2);
    let isSilent = true;
    await neighbour(async function* () {
      if (isSilent) await new Promise(() => {});
      yield 'text/plain; version=0.0.4; charset=utf-8\n# TYPE jobs_total counter\njobs_total 7\n';
    });
    const started = performance.now();
    expect(await jobs()).to.deep.equal({ 0: 1, 1: 2 });
    expect(performance.now() - started).to.be.within(900, 1800);
    expect(await jobs()).to.deep.equal({ 0: 1, 1: 2 });
    const line = '[vango] metrics of process 2 are left out: it did not answer within 1 s';
    expect(said).to.deep.equal([line]);
    isSilent = false;
    expect(await jobs()).to.deep.equal({ 0: 1, 1: 2, 2: 7 });
    isSilent = true;
    await jobs();
    expect(said).to.deep.equal([line, line]);
  });

  it('leave out one that writes another format', async () => {
    await start('a', 1);
    await neighbour(async function* () {
      yield 'text/plain; version=9\njobs_total 7\n';
    });
    expect(await jobs()).to.deep.equal({ 0: 1 });
    expect(said).to.have.lengthOf(1);
    expect(said[0]).to.include('process 1 are left out: it writes text/plain; version=9, others');
  });

  it('wait for instruments of others as long as they can', async () => {
    await start('a', 1);
    const { provider } = await start('b', 2);
    provider
      .getMeter('m')
      .createObservableGauge('stuck')
      .addCallback(() => new Promise(() => {}));
    expect(await jobs()).to.deep.equal({ 0: 1, 1: 2 });
  });

  it('ask the others for the format that was asked for', async () => {
    await start('a', 1);
    await start('b', 2);
    const asked: string[] = [];
    await neighbour(async function* (question) {
      asked.push(question);
      yield '';
    });
    const response = await fetch(url, { headers: { accept: 'application/openmetrics-text' } });
    const text = await response.text();
    expect(asked).to.deep.equal(['metrics openMetrics']);
    expect(response.headers.get('content-type')).to.equal(CONTENT_TYPES.openMetrics);
    expect(text.match(/^# TYPE jobs .*$/gm)).to.deep.equal(['# TYPE jobs counter']);
    expect(text.match(/^jobs_total.*$/gm)).to.deep.equal([
      'jobs_total{process="0"} 1',
      'jobs_total{process="1"} 2',
    ]);
    expect(text.match(/# EOF\n/g)?.length).to.equal(1);
    expect(text.endsWith('# EOF\n')).to.equal(true);
  });

  it('say that another server has the port, also when there are others of them', async () => {
    const other = createTcpServer();
    await new Promise<void>(resolve => other.listen(port, HOST, resolve));
    const members = await Promise.all([start('a', 1), start('b', 2)]);
    expect(said).to.have.lengthOf(2);
    for (const line of said)
      expect(line).to.match(/127\.0\.0\.1:\d+ is taken by another process\. .* every second$/);
    expect(members.map(({ exporter }) => exporter.url)).to.deep.equal([undefined, undefined]);
    await new Promise(resolve => other.close(resolve));
    await waitFor('both', async () => {
      const found = await jobs().catch(() => ({}));
      return Object.values(found).length === 2;
    });
    // The one that got the port says so.
    await waitFor('their lines', () => said.length > 2);
    expect(said.slice(2)).to.deep.equal([`[vango] metrics are published now: ${url}`]);
  });

  it('find each other again after their folder was removed', async () => {
    await start('a', 1);
    await start('b', 2);
    rmSync(folder(), { recursive: true });
    const found = await waitFor('both', async () => {
      const found = await jobs();
      return Object.values(found).length === 2 ? found : undefined;
    });
    expect(Object.values(found).sort()).to.deep.equal([1, 2]);
  });

  it('show IPv6 addresses in brackets', async function () {
    const other = createTcpServer();
    const isPossible = await new Promise<boolean>(resolve =>
      other.once('error', () => resolve(false)).listen(port, '::1', () => resolve(true)),
    );
    if (!isPossible) return this.skip();
    const member = new Member(port, 'a', '::1');
    members.push(member);
    await member.exporter.startServer();
    expect(said[0]).to.include(`[::1]:${port} is taken by another process`);
    await new Promise(resolve => other.close(resolve));
  });

  it('share nothing where the system chooses the ports', async () => {
    const [one, two] = [new Member(0, 'a'), new Member(0, 'b')];
    members.push(one, two);
    for (const { exporter } of members) await exporter.startServer();
    one.work(1);
    two.work(2);
    expect(jobsOf(await scrape(one.exporter.url as string))).to.deep.equal({ alone: 1 });
    expect(jobsOf(await scrape(two.exporter.url as string))).to.deep.equal({ alone: 2 });
    expect([one.exporter.slot, two.exporter.slot]).to.deep.equal([undefined, undefined]);
  });
});
