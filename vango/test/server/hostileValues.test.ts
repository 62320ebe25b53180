import { inspect } from 'node:util';
import { expect } from 'chai';
import {
  type App,
  action,
  type Ctx,
  createApp,
  effect,
  ForbiddenError,
  h,
  type Logger,
  memoryStore,
  NOOP_METRICS,
  persisted,
  type RuntimeMetrics,
  resource,
  signal,
} from '../../src';
import { ErrorCode } from '../../src/protocol';
import { waitFor } from '../support/wait';
import { loadPage, WireClient } from '../support/wireClient';

function withGetter(error: Error, name: string): Error {
  return Object.defineProperty(error, name, {
    get() {
      throw new Error(`${name} cannot be read`);
    },
  });
}

const trap = (): never => {
  throw new Error('a trap of a proxy');
};
const TRAPS = {
  get: trap,
  has: trap,
  getPrototypeOf: trap,
  ownKeys: trap,
  getOwnPropertyDescriptor: trap,
};

/** What may be thrown and throws in turn when it is looked at. */
const THROWN: ReadonlyArray<readonly [string, () => unknown]> = [
  ['an error whose message cannot be read', () => withGetter(new Error(), 'message')],
  ['an error whose stack cannot be read', () => withGetter(new Error('x'), 'stack')],
  ['an error whose name cannot be read', () => withGetter(new Error('x'), 'name')],
  ['an error whose cause cannot be read', () => withGetter(new Error('x'), 'cause')],
  [
    'an error with a toString() that throws',
    () => Object.assign(new Error('x'), { toString: trap }),
  ],
  [
    'an error that inspects itself badly',
    () => Object.assign(new Error('x'), { [inspect.custom]: trap }),
  ],
  [
    'an error of the runtime whose message cannot be read',
    () => withGetter(new ForbiddenError(), 'message'),
  ],
  [
    'an error of the runtime whose status cannot be read',
    () => withGetter(new ForbiddenError(), 'status'),
  ],
  ['an object without a prototype', () => Object.create(null)],
  ['a proxy', () => new Proxy({}, TRAPS)],
  ['a proxy of an error', () => new Proxy(new Error('x'), TRAPS)],
  [
    'a revoked proxy',
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    },
  ],
  ['a symbol', () => Symbol('x')],
  ['nothing', () => undefined],
];

const broken: Logger = { error: trap, warn: trap, info: trap };
const LOGGERS: ReadonlyArray<readonly [string, Logger]> = [
  ['shows what it logs', { error: inspect, warn: inspect, info: inspect }],
  ['throws', broken],
  ['rejects', { error: async () => trap(), warn: async () => trap(), info: async () => trap() }],
];

const METRICS = Object.fromEntries(
  Object.keys(NOOP_METRICS).map(name => [name, trap]),
) as unknown as RuntimeMetrics;

const note = persisted('', { key: 'hostile-note' });

for (const [how, logger] of LOGGERS) {
  describe(`an app with a logger that ${how} and metrics that throw`, () => {
    let app: App;
    let origin: string;
    let thrown: () => unknown = () => undefined;

    const fail = (): never => {
      throw thrown();
    };
    const failLater = async (): Promise<never> => {
      await new Promise(setImmediate);
      throw thrown();
    };

    function Page() {
      const count = signal(0);
      const showsBroken = signal(false);
      const runsBroken = signal(false);
      const failing = action(failLater, { name: 'failing' });
      const worse = action(failLater, { name: 'worse', onError: fail });
      note();
      effect(() => {
        if (runsBroken.value) fail();
      });
      const button = (id: string, onClick: (ctx: Ctx) => unknown) =>
        h('button', { id, onClick: onClick as () => void }, id);
      return h(
        'main',
        null,
        h('button', { id: 'add', onClick: () => count.update(n => n + 1) }, `${count.value}`),
        button('throws', fail),
        button('rejects', failLater),
        button('fails', ctx => ctx.fail(thrown())),
        button('dispatches', ctx => ctx.dispatch(fail)),
        button('dispatchesLater', ctx => ctx.dispatch(failLater)),
        button('renders', () => {
          showsBroken.value = true;
        }),
        button('effects', () => {
          runsBroken.value = true;
        }),
        button('acts', () => {
          failing.run(undefined);
        }),
        button('actsWorse', () => {
          worse.run(undefined);
        }),
        button('user', ctx => ctx.setUser({ id: 'x', size: 10n })),
        showsBroken.value ? h(Broken, null) : 'sound',
        h('p', { id: 'state' }, `${failing.state} ${worse.state}`),
      );
    }
    function Broken() {
      return fail();
    }
    function Loading() {
      const loaded = resource(failLater, { name: 'loaded' });
      return h('p', { id: 'loaded' }, loaded.state);
    }

    before(async () => {
      app = createApp({ logger, persist: { store: memoryStore() }, limits: { reapInterval: 5 } });
      app.page('/', Page).page('/broken', Broken).page('/loading', Loading);
      app.page('/title', Page, { title: fail }).page('/guarded', Page, { middleware: fail });
      app.page('/guardedLater', Page, { middleware: failLater });
      app.page('/dispatched', Page, {
        middleware: (ctx, next) => {
          ctx.dispatch(failLater);
          return next();
        },
      });
      app.page('/event', Page, {
        middleware: (ctx, next) => (ctx.kind === 'event' ? failLater() : next()),
      });
      app.setMetrics(METRICS);
      const { port } = await app.listen(0, '127.0.0.1');
      origin = `http://127.0.0.1:${port}`;
    });
    after(() => app.close());

    for (const [what, make] of THROWN) {
      it(`continues with its sessions if ${what} is thrown`, async () => {
        thrown = make;
        const page = await loadPage(origin, '/');
        const client = await WireClient.connect(page.socketUrl);
        const failsAt = async (id: string): Promise<void> => {
          const errors = client.errors.length;
          client.event('Click', page.hid(id));
          await client.until(() => client.errors.length > errors);
          expect(client.errors.at(-1)?.fatal, id).to.equal(false);
          if (!what.includes('of the runtime'))
            expect(client.errors.at(-1)?.code, id).to.equal(ErrorCode.HandlerPanic);
        };
        const shows = (value: string): boolean =>
          client.patches.some(patch => 'value' in patch && patch.value === value);
        for (const id of ['throws', 'rejects', 'fails']) await failsAt(id);
        for (const id of ['dispatches', 'dispatchesLater', 'acts', 'actsWorse', 'user'])
          client.event('Click', page.hid(id));
        await client.until(() => shows('error error'));
        for (const id of ['effects', 'renders']) await failsAt(id);
        for (const path of ['/broken', '/title', '/guarded', '/guardedLater']) {
          const errors = client.errors.length;
          client.event('Custom', 'prefetch', {
            name: 'prefetch',
            data: new TextEncoder().encode(JSON.stringify({ path })),
          });
          client.event('Navigate', 'nav', { path, replace: false });
          await client.until(() => client.errors.length > errors);
          expect((await fetch(origin + path)).status, path).to.be.oneOf([403, 500]);
        }
        expect((await fetch(`${origin}/dispatched`)).status).to.equal(200);
        client.event('Navigate', 'nav', { path: '/loading', replace: false });
        await client.until(() => shows('error'));
        for (const path of ['/broken', '/guarded', '/guardedLater']) {
          const url = `${origin.replace('http', 'ws')}/_vango/live?path=${path}`;
          expect((await WireClient.connect(url)).hello?.status, path).to.be.oneOf([7, 8]);
        }
        const other = await WireClient.connect((await loadPage(origin, '/')).socketUrl);
        await other.click(page.hid('add'));
        expect(other.patches.at(-1)).to.deep.include({ value: '1' });
        await client.close();
        await other.close();
        await waitFor('the end of both sockets', () => app.sessions.counts().active === 0);
      });
    }
  });
}
