import { connect as connectTcp } from 'node:net';
import {
  type App,
  type AppOptions,
  action,
  type Ctx,
  createApp,
  effect,
  h,
  memoryStore,
  type NOOP_METRICS,
  persisted,
  type RuntimeMetrics,
  resource,
  type SessionStore,
  type SIGNAL_OPERATIONS,
  type Signal,
  shared,
  signal,
} from '../../src';
import { encodeFrame, FrameType } from '../../src/protocol';
import { silentLogger } from './logger';
import { waitFor } from './wait';
import { type LoadedPage, loadPage, WireClient } from './wireClient';

export const ID = 'c'.repeat(32);

const kept = persisted<unknown>('', { key: 'causes.kept' });
const more = Array.from({ length: 9 }, (_, i) => persisted('', { key: `causes.more${i}` }));
export const visits = shared(() => signal(0));
export const WRITES: Record<(typeof SIGNAL_OPERATIONS)[number], (target: Signal<number>) => void> =
  {
    Set: target => {
      target.value = target.peek() + 1;
    },
    Update: target => target.update(n => n + 1),
  };

/** What middleware and components of the app below do when a test asks for it. */
export interface Behaviour {
  user?: string | undefined;
  guard?: (ctx: Ctx) => void;
  page?: (() => unknown) | undefined;
  write?: (target: Signal<number>) => void;
}

const PING = encodeFrame(FrameType.Control, new Uint8Array(9).fill(1));

/** One app with a page for all causes, and a client of it. */
export class Stage {
  readonly behaviour: Behaviour = {};
  page!: LoadedPage;
  /** Not there while the page is only loaded. */
  client!: WireClient;
  origin = '';

  private constructor(
    readonly app: App,
    private readonly path: string,
  ) {}

  /** @param metrics - what the app reports to, if not to an instrumentation */
  static async open(
    { options, before, path = '/items/1', isOnlyLoaded }: Scene,
    metrics?: RuntimeMetrics,
  ): Promise<Stage> {
    const stage = new Stage(createApp({ logger: silentLogger(), ...(await options?.()) }), path);
    const { app, behaviour } = stage;
    if (metrics !== undefined) app.setMetrics(metrics);
    app.use((ctx, next) => {
      behaviour.guard?.(ctx);
      ctx.setUser(behaviour.user === undefined ? undefined : { id: behaviour.user });
      return next();
    });
    app
      .page('/items/:id', Items(stage))
      .page('/other', () => h('p', { id: 'p' }, `other ${visits().value}`));
    before?.(stage);
    const { port } = await app.listen(0, '127.0.0.1');
    stage.origin = `http://127.0.0.1:${port}`;
    if (isOnlyLoaded === true) stage.page = await loadPage(stage.origin, path);
    else await stage.visit();
    return stage;
  }

  /** Opens the page and waits until its effects and loads have ended. */
  async visit(): Promise<void> {
    this.page = await loadPage(this.origin, this.path);
    this.client = await WireClient.connect(this.page.socketUrl);
    await this.settle();
  }

  /** Clicks, and waits until the server is through with it. */
  async click(id: string): Promise<void> {
    this.client.event('Click', this.page.hid(id));
    await this.settle();
  }

  /** Waits for the answer to a ping. */
  private async settle(): Promise<void> {
    const before = this.client.controls.length;
    this.client.sendRaw(PING);
    await this.client.until(() => this.client.controls.length > before);
  }

  /** Closes the app, and the client's socket also where that has stopped to read. */
  async close(): Promise<void> {
    await this.app.close();
    this.client?.drop();
  }

  /** Loses the connection, and waits until the server knows. */
  async lose(): Promise<void> {
    this.client.drop();
    await waitFor('the detach', () => this.app.sessions.counts().active === 0);
  }

  resume(
    sessionId = this.client.hello?.sessionId,
    lastSeq = this.client.lastSeq,
  ): Promise<WireClient> {
    return WireClient.connect(this.page.socketUrl, { sessionId, lastSeq });
  }
}

/** The page of all causes: a button each. */
function Items(stage: Stage) {
  const { behaviour } = stage;
  return function Page() {
    const count = signal(0);
    const text = signal('');
    const bulk = signal('x');
    const isChildShown = signal(true);
    const load = resource(
      async () => {
        if (text.peek() === 'fail') throw new Error('no');
      },
      { name: 'stock' },
    );
    const order = action(
      async (fails: boolean) => {
        if (fails) throw new Error('no');
      },
      { name: 'order' },
    );
    const write = (): void => behaviour.write?.(count);
    const button = (id: string, onClick: (ctx: Ctx) => void | Promise<void>) =>
      h('button', { id, onClick }, id);
    return h('main', null, [
      h(
        'p',
        { id: 'count' },
        `${count.value} ${load.state} ${order.state} ${String(kept().value).length}`,
      ),
      behaviour.page?.() as never,
      h('input', { id: 'text', value: text.value }),
      h('b', null, bulk.value),
      isChildShown.value ? h(Child, { stage }) : null,
      button('add', () => count.update(n => n + 1)),
      button('fail', () => Promise.reject(new Error('no'))),
      button('hang', () => new Promise<void>(() => {})),
      button('large', () => text.update(() => 'x'.repeat(66_000))),
      button('bulk', () => bulk.update(text => (text[0] === 'x' ? 'y' : 'x').repeat(50_000))),
      button('late', () => void setTimeout(write, 1)),
      button('drop-child', () => isChildShown.update(() => false)),
      button('fail-load', () => {
        text.value = 'fail';
        load.refetch();
      }),
      button('order', () => void order.run(false)),
      button('fail-order', () => void order.run(true)),
      button('hold', () => kept().update(() => 'held')),
      button('hold-map', () => kept().update(() => new Map([[1, 1]]))),
      button('hold-much', () => kept().update(() => 'x'.repeat(70_000))),
      button('hold-too-much', () => {
        for (const one of more) one().value = 'x'.repeat(60_000);
      }),
      button('emit-gone', ctx => ctx.emit('flash', null, 'h999')),
    ]);
  };
}

/** A component that writes its signal on request: in an effect, or after its removal. */
function Child({ stage }: { stage: Stage }) {
  const own = signal(0);
  const { behaviour } = stage;
  effect(() => {
    if (behaviour.page === inEffect) behaviour.write?.(own);
    return () => {
      if (behaviour.page === afterDispose) setTimeout(() => behaviour.write?.(own), 1);
    };
  });
  return h('i', null, `${own.value}`);
}
export const inEffect = (): null => null;
export const afterDispose = (): null => null;

/** What is expected of an argument: its value, or a test of it. */
type Expected = unknown;
export const positive = (value: unknown): boolean => typeof value === 'number' && value > 0;

/** How a stage is set. */
interface Scene {
  readonly options?: () => AppOptions | Promise<AppOptions>;
  /** Whether the page is only loaded, since no client can connect. */
  readonly isOnlyLoaded?: true;
  /** Page of the client. Default: `/items/1`. */
  readonly path?: string;
  /** Before the app listens. */
  readonly before?: (stage: Stage) => unknown;
}

/** One cause of a report. */
export interface Row extends Scene {
  /** Method and arguments of the one call. */
  readonly call: readonly [keyof typeof NOOP_METRICS, ...Expected[]];
  /** Whether the call is made again and again. */
  readonly isRepeated?: true;
  /** What a client does. */
  readonly act: (stage: Stage) => unknown;
  readonly after?: () => void;
}

/** Whether a method was called as a row says. */
export function isCallOf({ call: [, ...args] }: Row, call: readonly unknown[]): boolean {
  return (
    call.length === args.length &&
    args.every((arg, index) => (arg === positive ? positive(call[index]) : arg === call[index]))
  );
}

export function titleOf({ call: [method, ...args] }: Row): string {
  const told = args.map(arg => (arg === positive ? 'a number' : JSON.stringify(arg))).join(', ');
  return `${method}(${told})`;
}

export const limits =
  (limits: AppOptions['limits']): (() => AppOptions) =>
  () => ({ limits });
export const stored = (store: SessionStore = memoryStore()): AppOptions => ({ persist: { store } });
export const blob = (change: object = {}): string =>
  JSON.stringify({
    ...{
      version: 1,
      id: ID,
      ip: '127.0.0.1',
      path: '/items/1',
      search: '',
      createdAt: 1,
      signals: {},
    },
    ...change,
  });
/** A store that has the session `ID`. */
export const holding = (text: string) => async (): Promise<AppOptions> => {
  const store = memoryStore();
  await store.save(ID, text, 60_000);
  return stored(store);
};
export const lostAndBack: Row['act'] = async stage => {
  await stage.lose();
  await stage.resume();
};
export const goneAs = (behave: (behaviour: Behaviour) => void): Row['act'] => {
  return async stage => {
    await stage.lose();
    behave(stage.behaviour);
    await stage.resume();
  };
};
export const nothing = (): void => {};
export const byLateClient = async (stage: Stage): Promise<void> => {
  stage.client.acknowledges = false;
  for (let i = 0; i < 3; i++) await stage.click('add');
};
/** A socket past its upgrade, without a WebSocket library that keeps it from mistakes. */
export async function rawSocket({ page }: Stage): Promise<ReturnType<typeof connectTcp>> {
  const url = new URL(page.socketUrl);
  const socket = connectTcp(Number(url.port), url.hostname);
  socket.write(
    `GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  await new Promise(resolve => socket.once('data', resolve));
  return socket;
}
