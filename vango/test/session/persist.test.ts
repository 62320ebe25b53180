import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createClient } from 'redis';
import {
  type App,
  type AppOptions,
  createApp,
  fileStore,
  h,
  memoryStore,
  persisted,
  redisStore,
  type SessionStore,
} from '../../src';
import { HelloStatus } from '../../src/protocol';
import { encodeSchema } from '../../src/state/schema';
import { stopChildren } from '../support/child';
import { silentLogger } from '../support/logger';
import { recording } from '../support/recording';
import { startRedis } from '../support/redis';
import { requirePart } from '../support/requires';
import { waitFor } from '../support/wait';
import { loadPage, WireClient } from '../support/wireClient';

const ID = 'a'.repeat(32);

const cart = persisted<Record<string, number>>({}, { key: 'test.cart' });
const note = persisted('', { key: 'test.note' });
const anything = persisted<unknown>(null, { key: 'test.anything' });

const stores: Array<
  [name: string, make: () => Promise<SessionStore>, available?: (context: Mocha.Context) => void]
> = [
  ['memoryStore', async () => memoryStore()],
  ['fileStore', async () => fileStore(join(folder, 'sessions'))],
  [
    'redisStore',
    async () => {
      const client = createClient({ url: redisUrl });
      await client.connect();
      closing.push(() => client.close());
      await client.flushAll();
      return redisStore(client as never, 'test:');
    },
    context => requirePart(context, 'redis-server'),
  ],
];

let folder = '';
let redisUrl = '';
const closing: Array<() => unknown> = [];

for (const [name, make, available] of stores) {
  describe(`sessions in a ${name}`, () => {
    let store: SessionStore;
    const apps: App[] = [];

    before(async function () {
      available?.(this);
      if (name !== 'redisStore') return;
      redisUrl = await startRedis();
    });
    after(() => stopChildren());
    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'vango-store-'));
      store = await make();
    });
    afterEach(async () => {
      await Promise.all(apps.splice(0).map(app => app.close()));
      for (const close of closing.splice(0)) await close();
      rmSync(folder, { recursive: true, force: true });
    });

    async function serve(
      options: AppOptions = {},
    ): Promise<{ app: App; origin: string; of: ReturnType<typeof recording>['of'] }> {
      const app = createApp({ logger: silentLogger(), persist: { store }, ...options });
      const recorded = recording();
      app.setMetrics(recorded.metrics);
      app.page('/items/:id', ({ params }) => {
        const count = cart().value.kettle ?? 0;
        const add = (): void =>
          cart().update(lines => ({ ...lines, kettle: (lines.kettle ?? 0) + 1 }));
        const spoil = (): void => {
          anything().value = new Map([['not', 'json']]);
          note().value = 'x'.repeat(70_000);
        };
        return h('main', null, [
          h('button', { id: 'add', onClick: add }, `${params.id} ${count}`),
          h('button', { id: 'spoil', onClick: spoil }, `${note().value.length}`),
        ]);
      });
      apps.push(app);
      const { port } = await app.listen(0, '127.0.0.1');
      return { app, origin: `http://127.0.0.1:${port}`, of: recorded.of };
    }

    it('are kept until they expire', async () => {
      expect(await store.load(ID)).to.equal(undefined);
      await store.save(ID, '{"a":1}', 60_000);
      await store.save(ID, '{"a":2}', 60_000);
      expect(await store.load(ID)).to.equal('{"a":2}');
      await store.delete(ID);
      await store.delete(ID);
      expect(await store.load(ID)).to.equal(undefined);
      await store.save(ID, 'short', 1);
      await waitFor('the end of its time', async () => (await store.load(ID)) === undefined);
      expect(await store.readSchema()).to.equal(undefined);
      await store.writeSchema('{}');
      expect(await store.readSchema()).to.equal('{}');
    });

    it('resume in another process with their page and values', async () => {
      const one = await serve();
      const page = await loadPage(one.origin, '/items/7');
      const client = await WireClient.connect(page.socketUrl);
      await client.click(page.hid('add'));
      await client.click(page.hid('add'));
      const sessionId = client.hello?.sessionId;
      await one.app.close();
      await client.until(() => client.closed !== undefined);
      // Not a clean close, so that browsers reconnect.
      expect(client.closed?.code).to.equal(1006);
      expect(one.of('recordPersistBytes')).to.deep.include(['test.cart', '{"kettle":2}'.length]);
      expect(one.of('recordSessionPersistBytes').length).to.equal(1);

      const two = await serve();
      const url = page.socketUrl.replace(/^ws:\/\/[^/]+/, two.origin.replace('http', 'ws'));
      const again = await WireClient.connect(url, { sessionId, lastSeq: 2 });
      expect(again.hello).to.deep.include({ status: HelloStatus.OK, sessionId });
      await again.until(() => again.controls.length === 1);
      expect(JSON.stringify(again.controls[0])).to.include('>7 2</button>');
      expect([
        two.of('recordReconnect').length,
        two.of('recordResumeSuccess').length,
      ]).to.deep.equal([1, 1]);
      expect(two.app.sessions.counts()).to.deep.equal({ active: 1, detached: 0 });
      await again.click(page.hid('add'));
      expect(again.patches).to.deep.include({ op: 1, hid: page.hid('add'), value: '7 3' });
    });

    it('move between two processes without old state coming back or ending the newer session', async () => {
      const [one, two] = [await serve(), await serve({ limits: { resumeWindow: 60_000 } })];
      const page = await loadPage(one.origin, '/items/7');
      const url = {
        one: page.socketUrl,
        two: page.socketUrl.replace(/^ws:\/\/[^/]+/, two.origin.replace('http', 'ws')),
      };
      let client = await WireClient.connect(url.one);
      const sessionId = client.hello?.sessionId ?? '';
      const countsAre = (at: typeof one, active: number, detached: number) =>
        waitFor(`${active} active, ${detached} detached`, () => {
          const counts = at.app.sessions.counts();
          return counts.active === active && counts.detached === detached;
        });
      const saved = (kettle: number) =>
        waitFor(`${kettle} in the store`, async () => {
          const blob = await store.load(sessionId);
          return (
            blob !== undefined && JSON.parse(blob).signals['test.cart']?.value.kettle === kettle
          );
        });
      const owner = async () => JSON.parse((await store.load(sessionId)) ?? '{}').owner;
      let kettles = 0;
      for (const place of ['one', 'two', 'one', 'two'] as const) {
        const before = await owner();
        if (kettles > 0) client = await WireClient.connect(url[place], { sessionId, lastSeq: 0 });
        expect(client.hello).to.deep.include({ status: HelloStatus.OK, sessionId });
        await client.until(() => kettles === 0 || client.controls.length === 1);
        // Immediately, because the other process owns the session until the next save.
        if (kettles > 0) await waitFor('the takeover', async () => (await owner()) !== before);
        await client.click(page.hid('add'));
        expect(client.patches.at(-1), place).to.deep.include({ value: `7 ${++kettles}` });
        client.drop();
        await countsAre(place === 'one' ? one : two, 0, 1);
        await saved(kettles);
      }
      // The copy the first one still holds ends, in each way a session can.
      one.app.sessions.reap(Date.now() + 3_600_000);
      await countsAre(one, 0, 0);
      await one.app.close();
      await saved(kettles);
      client = await WireClient.connect(url.two, { sessionId, lastSeq: 0 });
      expect(client.hello).to.deep.include({ status: HelloStatus.OK, sessionId });
      await countsAre(two, 1, 0);
    });

    it('belong to the process that the browser reconnected to, if saved just before', async () => {
      const [one, two] = [await serve(), await serve()];
      const page = await loadPage(one.origin, '/items/7');
      const client = await WireClient.connect(page.socketUrl);
      const sessionId = client.hello?.sessionId ?? '';
      const kettles = async () =>
        JSON.parse((await store.load(sessionId)) ?? '').signals['test.cart'].value.kettle;
      await client.click(page.hid('add'));
      const [session] = one.app.sessions;
      if (session === undefined) throw new Error('there is no session');
      await one.app.persistence?.save(session);
      client.drop();
      await waitFor('the detached session', () => one.app.sessions.counts().detached === 1);

      const url = page.socketUrl.replace(/^ws:\/\/[^/]+/, two.origin.replace('http', 'ws'));
      const again = await WireClient.connect(url, { sessionId, lastSeq: 0 });
      await again.click(page.hid('add'));
      again.drop();
      await waitFor('the second kettle', async () => (await kettles()) === 2);
      await one.app.persistence?.save(session, Date.now() + 3_600_000);
      expect(await kettles()).to.equal(2);
    });

    it('are saved when their browser disconnects', async () => {
      const { origin } = await serve();
      const page = await loadPage(origin, '/items/7');
      const client = await WireClient.connect(page.socketUrl);
      await client.click(page.hid('add'));
      client.drop();
      const blob = await waitFor('the save', () => store.load(client.hello?.sessionId ?? ''));
      expect(JSON.parse(blob)).to.deep.include({ version: 1, path: '/items/7', search: '' });
      expect(JSON.parse(blob).signals['test.cart']).to.deep.equal({
        type: 'object',
        value: { kettle: 1 },
      });
    });

    it('omit values that cannot be stored, and report which and why', async () => {
      const { app, origin, of } = await serve();
      const page = await loadPage(origin, '/items/7');
      const client = await WireClient.connect(page.socketUrl);
      await client.click(page.hid('spoil'));
      await app.close();
      expect(of('recordPersistWriteRejected')).to.have.deep.members([
        ['not_serializable', 'test.anything'],
        ['signal_too_large', 'test.note'],
      ]);
    });

    it('are counted by reason if they cannot be read, and the page reloads', async () => {
      const { origin, of } = await serve();
      const page = await loadPage(origin, '/items/7');
      await WireClient.connect(page.socketUrl);
      const resume = async (blob: string): Promise<number | undefined> => {
        await store.save(ID, blob, 60_000);
        return (await WireClient.connect(page.socketUrl, { sessionId: ID })).hello?.status;
      };
      expect(await resume('not json')).to.equal(HelloStatus.SessionExpired);
      expect(await resume('{"version":9}')).to.equal(HelloStatus.SessionExpired);
      expect(of('recordResumeFailure')).to.deep.equal([['decode_error'], ['schema_mismatch']]);
      expect(of('recordSchemaMismatch')).to.deep.equal([['decode'], ['version']]);
      const stale = {
        version: 1,
        id: ID,
        ip: '::1',
        path: '/items/7',
        search: '',
        createdAt: 1,
        signals: { 'test.cart': { type: 'string', value: 'x' } },
      };
      expect(await resume(JSON.stringify(stale))).to.equal(HelloStatus.OK);
      expect(of('recordSchemaMismatch')).to.deep.equal([['decode'], ['version'], ['type']]);
    });

    it('prevent a start that would lose their values, until it is acknowledged', async () => {
      const record = encodeSchema({ 'test.cart': 'array', 'gone.key': 'string' });
      const refusal = async (): Promise<string> =>
        serve().then(
          () => 'started',
          error => error.message,
        );
      await store.writeSchema(record);
      const message = await refusal();
      expect(message).to.include('test.cart was array, is object; gone.key was string, is gone');
      expect(message).to.include(
        'acknowledgeColdDeploy: true }, VANGO_ACK_COLD_DEPLOY=1, --vango-ack-cold-deploy or app.acknowledgeColdDeploy()',
      );
      expect(await store.readSchema()).to.equal(record);

      const byConfig = await serve({ persist: { store, acknowledgeColdDeploy: true } });
      expect(byConfig.of('recordColdDeployAck')).to.deep.equal([['config']]);
      expect(byConfig.of('recordSchemaMismatch')).to.deep.include(['hash']);
      await store.writeSchema(record);
      process.env.VANGO_ACK_COLD_DEPLOY = '1';
      try {
        expect((await serve()).of('recordColdDeployAck')).to.deep.equal([['env']]);
      } finally {
        delete process.env.VANGO_ACK_COLD_DEPLOY;
      }
      await store.writeSchema(record);
      const app = createApp({ logger: silentLogger(), persist: { store } });
      const { metrics, of } = recording();
      app.setMetrics(metrics);
      app.acknowledgeColdDeploy();
      apps.push(app);
      await app.listen(0, '127.0.0.1');
      expect(of('recordColdDeployAck')).to.deep.equal([['api']]);
    });
  });
}

describe('persistence', () => {
  it('counts failures of a store, and the app continues', async () => {
    const broken: SessionStore = {
      ...memoryStore(),
      save: () => Promise.reject(new Error('full')),
      load: () => Promise.reject(new Error('down')),
    };
    const app = createApp({ logger: silentLogger(), persist: { store: broken } });
    const { metrics, of } = recording();
    app.setMetrics(metrics);
    app.page('/', () => h('p', null, 'x'));
    const { port } = await app.listen(0, '127.0.0.1');
    const page = await loadPage(`http://127.0.0.1:${port}`, '/');
    const client = await WireClient.connect(page.socketUrl, { sessionId: ID });
    expect(client.hello?.status).to.equal(HelloStatus.OK);
    expect(of('recordResumeFailure')).to.deep.equal([['store_error']]);
    await app.close();
    expect(of('recordPersistWriteRejected')).to.deep.equal([['store_error', '_session']]);
  });

  it('saves many sessions with limited concurrency', async () => {
    let under = 0;
    let most = 0;
    const inner = memoryStore();
    const store: SessionStore = {
      ...inner,
      async save(id, blob, ttl) {
        under++;
        most = Math.max(most, under);
        await new Promise(resolve => setImmediate(resolve));
        await inner.save(id, blob, ttl);
        under--;
      },
    };
    const app = createApp({
      logger: silentLogger(),
      persist: { store },
      limits: { maxSessionsPerIp: 200 },
    });
    app.page('/', () => h('p', null, 'x'));
    const { port } = await app.listen(0, '127.0.0.1');
    const { socketUrl } = await loadPage(`http://127.0.0.1:${port}`, '/');
    const clients = await Promise.all(
      Array.from({ length: 100 }, () => WireClient.connect(socketUrl)),
    );
    await app.close();
    expect(most).to.equal(32);
    for (const client of clients)
      expect(await inner.load(client.hello?.sessionId ?? '')).to.be.a('string');
  });

  it('does not use a client’s id as a file name', async () => {
    const root = mkdtempSync(join(tmpdir(), 'vango-store-'));
    writeFileSync(
      join(root, 'secret.session.json'),
      JSON.stringify({ expiresAt: Date.now() + 60_000, blob: '{}' }),
    );
    const app = createApp({
      logger: silentLogger(),
      persist: { store: fileStore(join(root, 'sessions')) },
    });
    const { metrics, of } = recording();
    app.setMetrics(metrics);
    app.page('/', () => h('p', null, 'x'));
    const { port } = await app.listen(0, '127.0.0.1');
    const page = await loadPage(`http://127.0.0.1:${port}`, '/');
    await WireClient.connect(page.socketUrl, { sessionId: '../secret' });
    expect(of('recordResumeFailure')).to.deep.equal([['not_found']]);
    expect(of('recordSchemaMismatch')).to.deep.equal([]);
    await app.close();
    expect(readdirSync(root)).to.include('secret.session.json');
    rmSync(root, { recursive: true, force: true });
  });

  it('refuses duplicate or missing keys and invalid stores', () => {
    expect(() => persisted(0, { key: 'test.cart' })).to.throw(
      'the key "test.cart" is taken; give each value a key of its own',
    );
    expect(() => persisted(0, { key: '' })).to.throw('persisted() needs a key');
    expect(() => createApp({ persist: {} as never })).to.throw(
      'option persist is {}; give an object with a store: memoryStore()',
    );
    expect(() => redisStore({} as never)).to.throw('redisStore() was given no client');
  });
});
