import { expect } from 'chai';
import {
  type App,
  type AppOptions,
  action,
  type Component,
  createApp,
  h,
  type RuntimeMetrics,
  resource,
  signal,
} from '../../src';
import { silentLogger } from '../support/logger';
import { recording } from '../support/recording';
import { type LoadedPage, loadPage, WireClient } from '../support/wireClient';

/** A promise that is settled from outside. */
class Deferred<T> {
  resolve!: (value: T) => void;
  reject!: (error: unknown) => void;
  readonly promise = new Promise<T>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}

describe('resources and actions', () => {
  let app: App;
  let recorded: ReturnType<typeof recording>;

  async function open(
    page: Component,
    options: AppOptions = {},
  ): Promise<{ page: LoadedPage; client: WireClient }> {
    app = createApp({ logger: silentLogger(), ...options });
    recorded = recording();
    app.setMetrics(recorded.metrics as RuntimeMetrics);
    app.page('/', page);
    const { port } = await app.listen(0, '127.0.0.1');
    const loaded = await loadPage(`http://127.0.0.1:${port}`, '/');
    return { page: loaded, client: await WireClient.connect(loaded.socketUrl) };
  }

  afterEach(() => app.close());

  const shown = (client: WireClient): string | undefined =>
    (client.patches.at(-1) as { value?: string } | undefined)?.value;

  it('load a resource after the first commit, and show each state', async () => {
    const work = new Deferred<string>();
    const { page, client } = await open(() => {
      const list = resource(() => work.promise, { name: 'list' });
      return h('p', { id: 'p' }, `${list.state} ${list.value ?? ''}`);
    });
    expect(page.html).to.include('pending');
    await client.until(() => shown(client) === 'loading ');
    work.resolve('three');
    await client.until(() => shown(client) === 'ready three');
    const [[name, milliseconds]] = recorded.of('recordResourceDuration') as [[string, number]];
    expect(name).to.equal('list');
    expect(milliseconds).to.be.above(0);
    expect(recorded.of('recordResourceError')).to.deep.equal([]);
  });

  it('retry a resource up to its limit, then report one failure under the function’s name', async () => {
    let attempts = 0;
    const { client } = await open(() => {
      const list = resource(
        function loadList(): Promise<string> {
          attempts++;
          return Promise.reject(new Error('down'));
        },
        { retries: 2, retryDelay: 1 },
      );
      return h('p', null, `${list.state} ${(list.error as Error | undefined)?.message ?? ''}`);
    });
    await client.until(() => shown(client) === 'error down');
    expect(attempts).to.equal(3);
    expect(recorded.of('recordResourceError')).to.deep.equal([['loadList']]);
    expect(recorded.of('recordResourceDuration').length).to.equal(1);
  });

  it('cancel a load when the key of its resource changes, and neither use nor count its result', async () => {
    const loads: Array<{ id: number; signal: AbortSignal; work: Deferred<string> }> = [];
    const { page, client } = await open(() => {
      const id = signal(1);
      const item = resource(
        signal => {
          const work = new Deferred<string>();
          loads.push({ id: id.peek(), signal, work });
          return work.promise;
        },
        { name: 'item', key: () => id.value },
      );
      return h('main', null, [
        h('button', { id: 'next', onClick: () => id.update(n => n + 1) }, 'next'),
        h('p', null, `${item.value ?? 'none'}`),
      ]);
    });
    while (loads.length < 1) await new Promise(resolve => setImmediate(resolve));
    client.event('Click', page.hid('next'));
    while (loads.length < 2) await new Promise(resolve => setImmediate(resolve));
    expect(loads.map(({ id, signal }) => [id, signal.aborted])).to.deep.equal([
      [1, true],
      [2, false],
    ]);
    loads[0]?.work.resolve('one');
    loads[1]?.work.resolve('two');
    await client.until(() => shown(client) === 'two');
    expect(client.patches.map(patch => (patch as { value?: string }).value)).not.to.include('one');
    expect(recorded.of('recordResourceDuration').length).to.equal(1);
  });

  it('limit the loads that a session starts within a second', async () => {
    const { page, client } = await open(
      () => {
        const list = resource(() => 'x', { name: 'list' });
        return h('main', null, [
          h('button', { id: 'again', onClick: () => list.refetch() }, 'again'),
          h('p', null, `${(list.error as Error | undefined)?.name ?? 'fine'}`),
        ]);
      },
      { limits: { resourceStarts: 2 } },
    );
    for (let i = 0; i < 3; i++) client.event('Click', page.hid('again'));
    await client.until(() => shown(client) === 'BudgetExceededError');
    expect(recorded.of('recordResourceError').length).to.be.at.least(1);
  });

  function actionPage(
    options: Parameters<typeof action>[1],
    runs: Array<{ signal: AbortSignal; work: Deferred<string> }>,
  ): Component {
    return () => {
      const accepted = signal('');
      const order = action((_: number, signal) => {
        const work = new Deferred<string>();
        runs.push({ signal, work });
        return work.promise;
      }, options as never);
      const click = (): void => accepted.update(text => `${text}${order.run(1) ? 'y' : 'n'}`);
      return h('main', null, [
        h('button', { id: 'go', onClick: click }, accepted.value),
        h(
          'p',
          { id: 'p' },
          `${order.state} ${order.value ?? ''}${(order.error as Error | undefined)?.name ?? ''}`,
        ),
      ]);
    };
  }

  const texts = (client: WireClient, hid: string): unknown[] =>
    client.patches
      .filter(patch => patch.hid === hid)
      .map(patch => (patch as { value: string }).value);

  it('cancel the previous run of an action, which has no effect', async () => {
    const runs: Array<{ signal: AbortSignal; work: Deferred<string> }> = [];
    const { page, client } = await open(actionPage({ name: 'order' }, runs));
    await client.click(page.hid('go'));
    await client.click(page.hid('go'));
    expect(runs.map(({ signal }) => signal.aborted)).to.deep.equal([true, false]);
    runs[0]?.work.reject(new Error('cancelled'));
    runs[1]?.work.resolve('done');
    await client.until(() => texts(client, page.hid('p')).includes('success done'));
    expect(recorded.of('recordActionDuration').map(([name]) => name)).to.deep.equal(['order']);
    expect(recorded.of('recordActionError')).to.deep.equal([]);
  });

  it('drop runs of an action while one is running', async () => {
    const runs: Array<{ signal: AbortSignal; work: Deferred<string> }> = [];
    const { page, client } = await open(
      actionPage({ name: 'order', policy: 'drop-while-running' }, runs),
    );
    await client.click(page.hid('go'));
    await client.click(page.hid('go'));
    expect(texts(client, page.hid('go'))).to.deep.equal(['y', 'yn']);
    expect(runs.length).to.equal(1);
  });

  it('queue runs of an action in order, up to the limit', async () => {
    const runs: Array<{ signal: AbortSignal; work: Deferred<string> }> = [];
    const { page, client } = await open(
      actionPage({ name: 'order', policy: 'queue', queue: 1 }, runs),
    );
    for (let i = 0; i < 3; i++) await client.click(page.hid('go'));
    expect(texts(client, page.hid('go'))).to.deep.equal(['y', 'yy', 'yyn']);
    expect(recorded.of('recordActionError')).to.deep.equal([['order']]);
    runs[0]?.work.resolve('first');
    while (runs.length < 2) await new Promise(resolve => setImmediate(resolve));
    runs[1]?.work.reject(new Error('second'));
    await client.until(() => recorded.of('recordActionError').length === 2);
    expect(recorded.of('recordActionDuration').length).to.equal(2);
  });

  it('keep queued runs of an action that starts itself when it ends', async () => {
    const { page, client } = await open(() => {
      const done = signal('');
      const order = action(async (name: string) => name, {
        name: 'order',
        policy: 'queue',
        onSuccess: name => {
          done.update(names => names + name);
          if (name === 'a') order.run('again');
        },
      });
      const both = (): void => {
        order.run('a');
        order.run('b');
      };
      return h('button', { id: 'go', onClick: both }, done.value);
    });
    client.event('Click', page.hid('go'));
    await client.until(() => shown(client)?.length === 'aagainb'.length);
    expect(shown(client)).to.equal('aagainb');
  });
});

describe('limits on sessions', () => {
  const silentApp = (limits: AppOptions['limits']): App => {
    const app = createApp({ logger: silentLogger(), limits });
    app.page('/', () => {
      const data = signal('x'.repeat(2000));
      return h('p', null, data.value.slice(0, 1));
    });
    return app;
  };

  async function sessions(app: App, count: number): Promise<WireClient[]> {
    const { port } = await app.listen(0, '127.0.0.1');
    const clients: WireClient[] = [];
    for (let i = 0; i < count; i++) {
      clients.push(
        await WireClient.connect((await loadPage(`http://127.0.0.1:${port}`, '/')).socketUrl),
      );
    }
    return clients;
  }

  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise(resolve => setImmediate(resolve));
  };

  it('evict sessions that use too much memory, record their size, and let browsers return', async () => {
    const app = silentApp({ sessionMemory: 2000, reapInterval: 20 });
    const { metrics, of } = recording();
    app.setMetrics(metrics);
    const [client] = await sessions(app, 1);
    await client?.until(() => client.closed !== undefined);
    // Not a clean close, so that the browser reconnects.
    expect(client?.closed?.code).to.equal(1006);
    expect(of('recordEviction').length).to.equal(1);
    expect(of('recordSessionMemory')[0]?.[0]).to.be.within(2000, 10_000);
    await app.close();
  });

  it('evict the least recently active sessions when the total is too large', async () => {
    const app = silentApp({ totalMemory: 10_000 });
    const { metrics, of } = recording();
    app.setMetrics(metrics);
    const clients = await sessions(app, 4);
    const size = [...app.sessions].reduce((sum, session) => sum + session.memory, 0);
    app.sessions.limitMemory();
    const left = [...app.sessions].reduce((sum, session) => sum + session.memory, 0);
    expect(size).to.be.above(10_000);
    expect(left).to.be.at.most(10_000);
    expect(of('recordEviction').length).to.equal(4 - [...app.sessions].length);
    await clients[0]?.until(() => clients[0]?.closed !== undefined);
    await app.close();
  });

  it('keep only the latest detached sessions', async () => {
    const app = silentApp({ maxDetached: 1 });
    const { metrics, of } = recording();
    app.setMetrics(metrics);
    const clients = await sessions(app, 3);
    for (const [index, client] of clients.entries()) {
      client.drop();
      await until(() => app.sessions.counts().active === 2 - index);
    }
    expect(app.sessions.counts()).to.deep.equal({ active: 0, detached: 1 });
    expect(of('recordEviction').length).to.equal(2);
    expect(app.sessions.get(clients[2]?.hello?.sessionId ?? '')?.state).to.equal('detached');
    await app.close();
  });
});
