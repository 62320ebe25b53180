import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:http';
import { expect } from 'chai';
import { type App, createApp, h, NOOP_METRICS, signal, ValidationError } from '../../src';
import { ErrorCode } from '../../src/protocol';
import { exchange, requestFor, UPGRADE } from '../support/exchange';
import { recording } from '../support/recording';
import { waitFor } from '../support/wait';
import { type LoadedPage, loadPage, WireClient } from '../support/wireClient';

describe('an error', () => {
  let app: App;
  let origin: string;
  const logged: string[] = [];

  function Page() {
    const count = signal(0);
    const fail = (): never => {
      throw new ValidationError('é'.repeat(70_000));
    };
    return h(
      'main',
      null,
      h('button', { id: 'add', onClick: () => count.update(n => n + 1) }, `${count.value}`),
      h('button', { id: 'fail', onClick: fail }, 'fail'),
    );
  }

  before(async () => {
    const logger = { error: (message: string) => void logged.push(message), warn() {}, info() {} };
    app = createApp({ logger }).page('/', Page);
    const { port } = await app.listen(0, '127.0.0.1');
    origin = `http://127.0.0.1:${port}`;
  });
  after(() => app.close());

  it('is shortened if its message is too large for a frame, and the session continues', async () => {
    const page = await loadPage(origin, '/');
    const client = await WireClient.connect(page.socketUrl);
    client.event('Click', page.hid('fail'));
    client.event('Click', 'h'.repeat(65_500));
    client.event('Navigate', 'nav', { path: `/${'ü'.repeat(30_000)}`, replace: false });
    await client.until(() => client.errors.length === 3);
    expect(client.errors.map(({ code }) => code)).to.deep.equal([
      ErrorCode.Validation,
      ErrorCode.HandlerNotFound,
      ErrorCode.NotFound,
    ]);
    for (const { message } of client.errors) expect(message.length).to.equal(1000);
    expect(client.errors[1]?.message).to.match(/^No handler for click on hhh/);
    await client.click(page.hid('add'));
    expect(client.patches.at(-1)).to.deep.include({ value: '1' });
    await client.close();
  });

  it('of the listening socket is logged, and the app continues', async () => {
    let server: Server | undefined;
    const take = (message: unknown): void => {
      server = (message as { server: Server }).server;
    };
    subscribe('http.server.request.start', take);
    await fetch(origin);
    unsubscribe('http.server.request.start', take);
    server?.emit('error', new Error('accept ENOBUFS'));
    expect(logged).to.include('The server cannot take a connection');
    expect((await fetch(origin)).status).to.equal(200);
  });

  describe('in a step that should not fail', () => {
    const trap = (): never => {
      throw new Error('a fault of the runtime');
    };
    let calls: ReturnType<typeof recording>;
    let own: App;
    let place: string;

    beforeEach(async () => {
      logged.length = 0;
      calls = recording();
      const logger = {
        error: (message: string) => void logged.push(message),
        warn() {},
        info() {},
      };
      own = createApp({ logger }).page('/', Page);
      own.setMetrics(calls.metrics);
      place = `http://127.0.0.1:${(await own.listen(0, '127.0.0.1')).port}`;
    });
    afterEach(() => own.close());

    it('report to metrics that are frozen', () => {
      let evictions = 0;
      const recordEviction = (): void => void evictions++;
      own.setMetrics(Object.freeze({ ...NOOP_METRICS, recordEviction }));
      own.metrics.recordEviction();
      expect(evictions).to.equal(1);
    });

    /** Two sessions: one that comes to harm, and one that must not. */
    async function two(): Promise<{ page: LoadedPage; harmed: WireClient; other: WireClient }> {
      const page = await loadPage(place, '/');
      const [harmed, other] = [
        await WireClient.connect(page.socketUrl),
        await WireClient.connect(page.socketUrl),
      ];
      return { page, harmed, other };
    }

    for (const [type, step] of [
      ['read', 'receive'],
      ['read', 'detach'],
    ] as const) {
      it(`ends only its socket: session.${step}()`, async () => {
        const { page, harmed, other } = await two();
        Object.assign(own.sessions.get(harmed.hello?.sessionId ?? '') ?? {}, { [step]: trap });
        if (step === 'receive') harmed.event('Click', page.hid('add'));
        else harmed.drop();
        await waitFor('the count', () => calls.of('recordWebSocketError').length > 0);
        await harmed.until(() => harmed.closed !== undefined);
        expect(calls.of('recordWebSocketError')).to.deep.equal([[type]]);
        expect(logged).to.deep.equal(['A socket failed and was dropped']);
        await other.click(page.hid('add'));
        expect(other.patches.at(-1)).to.deep.include({ value: '1' });
      });
    }

    it('ends only its socket: the answer to a hello', async () => {
      const { page, other } = await two();
      Object.assign(own, { connect: trap });
      const client = await WireClient.connect(page.socketUrl);
      expect([client.hello, client.closed?.code]).to.deep.equal([undefined, 1006]);
      expect(calls.of('recordWebSocketError')).to.deep.equal([['handshake']]);
      await other.click(page.hid('add'));
      expect(other.patches.at(-1)).to.deep.include({ value: '1' });
    });

    it('ends only its request: a page, an upgrade', async () => {
      Object.assign(own, { renderPage: trap });
      expect((await fetch(place)).status).to.equal(500);
      expect(logged).to.deep.equal(['A page request failed']);
      Object.assign(own.gate, { checkOrigin: trap });
      const host = new URL(place).host;
      const answer = await exchange(place, requestFor('/_vango/live', { Host: host, ...UPGRADE }));
      expect([answer.status, answer.closed]).to.deep.equal([500, true]);
      expect(calls.of('recordWebSocketError')).to.deep.equal([['upgrade']]);
      expect(logged.at(-1)).to.equal('An upgrade request failed');
    });

    it('ends nothing in metrics, and is logged once for each method', async () => {
      own.setMetrics({ ...NOOP_METRICS, recordPatches: trap, recordPatchBytes: trap });
      const { page, other } = await two();
      for (let i = 1; i <= 3; i++) {
        await other.click(page.hid('add'));
        expect(other.patches.at(-1)).to.deep.include({ value: String(i) });
      }
      expect(logged).to.deep.equal(
        ['recordPatches', 'recordPatchBytes'].map(
          method => `${method}() of the metrics threw; further failures of it are not logged`,
        ),
      );
    });

    it('ends nothing in the check for expired sessions', async () => {
      await own.close();
      const logger = {
        error: (message: string) => void logged.push(message),
        warn() {},
        info() {},
      };
      own = createApp({ logger, limits: { reapInterval: 1 } }).page('/', Page);
      Object.assign(own.sessions, { reap: trap });
      place = `http://127.0.0.1:${(await own.listen(0, '127.0.0.1')).port}`;
      await waitFor('two looks', () => logged.length > 1);
      expect(logged[0]).to.equal('Sessions past their limits could not be ended');
      expect((await fetch(place)).status).to.equal(200);
    });
  });
});
