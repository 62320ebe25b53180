import { rmSync } from 'node:fs';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import type { Telemetry } from '../../src/live/wire';
import { processState } from '../../src/processState';
import { VangoPrometheusExporter } from '../../src/prometheus';
import { openFolder } from '../../src/prometheus/processes/folder';
import { Slot } from '../../src/prometheus/processes/slot';
import { freePort, waitFor } from '../../vango/test/support/wait';
import { ask, cookieOf, LiveClient } from '../support/liveClient';

const HOST = '127.0.0.1';

describe('the live view of exporters that share a port', () => {
  const closing: Array<() => unknown> = [];
  let port: number;

  beforeEach(async () => {
    port = await freePort();
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    processState().live?.end();
    processState().live = undefined;
    rmSync(folder(), { recursive: true, force: true });
  });

  function folder(): string {
    const opened = openFolder(HOST, port);
    if ('missing' in opened) throw new Error(opened.missing);
    return opened.path;
  }

  async function start(): Promise<VangoPrometheusExporter> {
    const options = { host: HOST, port, preventServerStart: true, liveView: true };
    const exporter = new VangoPrometheusExporter(options);
    const provider = new MeterProvider({ readers: [exporter] });
    closing.push(() => provider.shutdown());
    await exporter.startServer();
    return exporter;
  }

  it('has what each tells, and marks one that does not answer', async () => {
    const { liveViewUrl = '' } = await start();
    await start();
    const silent = await Slot.take(folder(), async function* () {
      await new Promise(() => {});
      yield '';
    });
    closing.push(() => silent.leave());
    const view = await LiveClient.open<Telemetry>(liveViewUrl, 'telemetry');
    closing.unshift(() => view.close());
    const { processes } = await waitFor('a frame', () => view.frames[0]);
    expect(processes.map(({ process: slot, pid }) => [slot, pid])).to.deep.equal([
      [0, process.pid],
      [1, process.pid],
      [2, undefined],
    ]);
    const told = processes.map(({ data }) => data?.warnings !== undefined);
    expect(told).to.deep.equal([true, true, false]);
  });

  it('stays open to whom it was open, when another one has the port', async () => {
    const [first, second] = [await start(), await start()];
    const url = first.liveViewUrl as string;
    expect(second.liveViewUrl).to.equal(undefined);
    const cookie = await cookieOf(url);
    await first.stopServer();
    await waitFor('the next one', () => second.address);
    expect(second.liveViewUrl).to.equal(url);
    expect((await ask(new URL('/', url).href, { cookie })).status).to.equal(200);
  });
});
