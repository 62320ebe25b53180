import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import type { UnitOfWork } from '../../src/internal-types';
import { Hub } from '../../src/live/hub';
import { processState } from '../../src/processState';
import { VangoPrometheusExporter } from '../../src/prometheus';
import { waitFor } from '../../vango/test/support/wait';
import { heapAfterCollection } from '../support/garbage';
import { ask, cookieOf, LiveClient } from '../support/liveClient';

const VIEWS = 200;
const STUCK = 20;
const TICKS = 12;
/** What each frame has: 100 failures with messages of 500 characters. */
const FRAME = 50_000;

describe('many live views', function () {
  this.timeout(90_000);
  let exporter: VangoPrometheusExporter;
  let provider: MeterProvider;
  let url: string;
  const stuck: Socket[] = [];
  const views: Array<LiveClient<unknown>> = [];

  before(async () => {
    exporter = new VangoPrometheusExporter({
      ...{ host: '127.0.0.1', port: 0, preventServerStart: true, liveView: true },
    });
    provider = new MeterProvider({ readers: [exporter] });
    await exporter.startServer();
    url = exporter.liveViewUrl as string;
  });
  after(async () => {
    for (const socket of stuck) socket.destroy();
    for (const view of views) view.close();
    await provider.shutdown();
    processState().live?.end();
    processState().live = undefined;
  });

  const fail = (): void => {
    for (let i = 0; i < 100; i++)
      processState().live?.failures.add({
        unit: { route: '/', kind: 'event' } as UnitOfWork,
        ...{ operation: 'event', errorType: 'internal', trace: undefined, user: undefined },
        error: new Error('x'.repeat(500)),
      });
  };

  it('hold no more for each frame that they are sent', async () => {
    fail();
    const cookie = await cookieOf(url);
    for (let i = 0; i < VIEWS; i++) views.push(await LiveClient.open(url, 'failures'));
    for (let i = 0; i < STUCK; i++) stuck.push(takeNothing(url, '/live?topic=failures', cookie));
    const held = (): number => heapAfterCollection() + process.memoryUsage().external;
    let before = 0;
    for (let tick = 0; tick < TICKS; tick++) {
      fail();
      await waitFor('the next frame', () => views.every(view => view.frames.length > 0));
      for (const view of views) view.frames.length = 0;
      // Until then the buffers of the streams grow.
      if (tick === TICKS / 2) before = held();
    }
    // A copy for each view and frame would be six times as much.
    expect(held() - before).to.be.below(VIEWS * FRAME);
  });

  it('are refused once there are too many', async () => {
    const cookie = await cookieOf(url);
    const open = VIEWS + stuck.length;
    for (let i = open; i < 256; i++) views.push(await LiveClient.open(url, 'telemetry'));
    const { status, headers } = await ask(new URL('/live?topic=failures', url).href, { cookie });
    expect([status, headers['retry-after']]).to.deep.equal([503, '10']);
    views.pop()?.close();
    await waitFor('room', async () => {
      const view = await LiveClient.open(url, 'telemetry').catch(() => undefined);
      if (view !== undefined) views.push(view);
      return view;
    });
  });
});

describe('a live view that takes nothing', function () {
  this.timeout(60_000);
  // Several fill what the system keeps for a socket.
  const LENGTH = 2_000_000;

  it('holds no more than one frame', async () => {
    let answers = 0;
    const hub = new Hub({
      slot: 0,
      answer: async () => JSON.stringify({ data: `${++answers}`.padEnd(LENGTH, ' ') }),
      askOthers: async () => [],
    });
    let response: ServerResponse | undefined;
    const server = createServer((_, opened) => {
      response = opened;
      hub.add('failures', opened);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const reader = takeNothing(`http://127.0.0.1:${port}`, '/');
    try {
      const held = (): number => response?.writableLength ?? 0;
      await waitFor('a full socket', () => held() > 0, 30_000);
      const full = answers;
      await waitFor('three more frames', () => answers >= full + 3);
      expect(held()).to.be.within(1, LENGTH + 1000);
    } finally {
      reader.destroy();
      server.close();
    }
  });
});

/** A reader that asks for a view and takes nothing. */
function takeNothing(url: string, path: string, cookie = ''): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.pause();
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nCookie: ${cookie}\r\n\r\n`);
  return socket;
}
