import { connect, type Socket } from 'node:net';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import type { UnitOfWork } from '../../src/internal-types';
import { processState } from '../../src/processState';
import { VangoPrometheusExporter } from '../../src/prometheus';
import { waitFor } from '../../vango/test/support/wait';
import { ask, cookieOf, LiveClient } from '../support/liveClient';

const VIEWS = 200;
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

  /** A view whose reader takes nothing. */
  async function openStuck(cookie: string): Promise<void> {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.pause();
    socket.write(
      `GET /live?topic=failures HTTP/1.1\r\nHost: localhost\r\nCookie: ${cookie}\r\n\r\n`,
    );
    stuck.push(socket);
  }

  it('share what they are sent, and one that takes nothing holds no more than a frame', async () => {
    fail();
    const cookie = await cookieOf(url);
    for (let i = 0; i < VIEWS; i++) views.push(await LiveClient.open(url, 'failures'));
    for (let i = 0; i < 20; i++) await openStuck(cookie);
    const [first] = views;
    const held = (): number => process.memoryUsage().heapUsed + process.memoryUsage().external;
    let before = 0;
    for (let tick = 0; tick < TICKS; tick++) {
      const seen = first?.frames.length ?? 0;
      fail();
      await waitFor('the next frame', () => (first?.frames.length ?? 0) > seen);
      for (const view of views) view.frames.splice(0, view.frames.length - 1);
      // Until then the buffers of the system and of the streams fill.
      if (tick === TICKS / 2) before = held();
    }
    // Each stuck view could hold 6 more frames of the second half: 6 MB, and as many of 200 views.
    expect(held() - before).to.be.below(20 * FRAME * 10);
    for (const view of views) expect(view.frames.length).to.be.within(0, 1);
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
