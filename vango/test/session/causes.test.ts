import { connect as connectTcp } from 'node:net';
import { expect } from 'chai';
import {
  type App,
  type AppOptions,
  action,
  COLD_DEPLOY_ACK_SOURCES,
  type Ctx,
  createApp,
  effect,
  h,
  memoryStore,
  NOOP_METRICS,
  NotAuthorizedError,
  PATCH_MISMATCH_REASONS,
  PERSIST_REJECT_REASONS,
  persisted,
  RESUME_FAILURE_REASONS,
  resource,
  SCHEMA_MISMATCH_REASONS,
  type SessionStore,
  SIGNAL_OPERATIONS,
  type Signal,
  shared,
  signal,
  WEBSOCKET_ERROR_TYPES,
  WRITE_VIOLATION_REASONS,
} from '../../src';
import { encodeFrame, FrameType } from '../../src/protocol';
import { codeSchema } from '../../src/state/schema';
import { ACK_FLAG, ACK_VARIABLE } from '../../src/stores/persistence';
import { silentLogger } from '../support/logger';
import { recording } from '../support/recording';
import { waitFor } from '../support/wait';
import { type LoadedPage, loadPage, WireClient } from '../support/wireClient';

const ID = 'c'.repeat(32);

const kept = persisted<unknown>('', { key: 'causes.kept' });
const more = Array.from({ length: 9 }, (_, i) => persisted('', { key: `causes.more${i}` }));
const visits = shared(() => signal(0));
const WRITES: Record<(typeof SIGNAL_OPERATIONS)[number], (target: Signal<number>) => void> = {
  Set: target => {
    target.value = target.peek() + 1;
  },
  Update: target => target.update(n => n + 1),
};

/** What middleware and components of the app below do when a test asks for it. */
interface Behaviour {
  user?: string | undefined;
  guard?: (ctx: Ctx) => void;
  page?: (() => unknown) | undefined;
  write?: (target: Signal<number>) => void;
}

const PING = encodeFrame(FrameType.Control, new Uint8Array(9).fill(1));

/** One app with a page for all causes, and a client of it. */
class Stage {
  readonly recorded = recording();
  readonly behaviour: Behaviour = {};
  page!: LoadedPage;
  client!: WireClient;
  origin = '';

  private constructor(
    readonly app: App,
    private readonly path: string,
  ) {
    app.setMetrics(this.recorded.metrics);
  }

  static async open({ options, before, path = '/items/1' }: Row): Promise<Stage> {
    const stage = new Stage(createApp({ logger: silentLogger(), ...(await options?.()) }), path);
    const { app, behaviour } = stage;
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
    await stage.visit();
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
    const button = (id: string, onClick: (ctx: Ctx) => void) => h('button', { id, onClick }, id);
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
const inEffect = (): null => null;
const afterDispose = (): null => null;

/** What is expected of an argument: its value, or a test of it. */
type Expected = unknown;
const positive = (value: unknown): boolean => typeof value === 'number' && value > 0;

interface Row {
  /** Method and arguments of the one call. */
  readonly call: readonly [keyof typeof NOOP_METRICS, ...Expected[]];
  readonly options?: () => AppOptions | Promise<AppOptions>;
  /** Page of the client. Default: `/items/1`. */
  readonly path?: string;
  /** Before the app listens. */
  readonly before?: (stage: Stage) => unknown;
  /** What a client does. */
  readonly act: (stage: Stage) => unknown;
  readonly after?: () => void;
}

const limits =
  (limits: AppOptions['limits']): (() => AppOptions) =>
  () => ({ limits });
const stored = (store: SessionStore = memoryStore()): AppOptions => ({ persist: { store } });
const blob = (change: object = {}): string =>
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
const holding = (text: string) => async (): Promise<AppOptions> => {
  const store = memoryStore();
  await store.save(ID, text, 60_000);
  return stored(store);
};
/** A store whose sessions were written by code that persisted these, and not those. */
const deployedOver =
  (change: { added?: string; gone?: string }, more: object = {}) =>
  async (): Promise<AppOptions> => {
    const ids = Object.fromEntries(
      [...Object.entries(codeSchema()), [change.added ?? 'causes.kept', 'string']].filter(
        ([id]) => id !== change.gone,
      ),
    );
    const store = memoryStore();
    await store.writeSchema(JSON.stringify({ version: 1, ids }));
    return { persist: { store, ...more } };
  };
const failing: SessionStore = { ...memoryStore(), save: () => Promise.reject(new Error('full')) };
const refusal = (reason: string, act: Row['act'], more: Partial<Row> = {}): Row => ({
  call: ['recordResumeFailure', reason],
  act,
  ...more,
});
const lostAndBack: Row['act'] = async stage => {
  await stage.lose();
  await stage.resume();
};
const goneAs = (behave: (behaviour: Behaviour) => void): Row['act'] => {
  return async stage => {
    await stage.lose();
    behave(stage.behaviour);
    await stage.resume();
  };
};
const socketError = (type: string, act: Row['act'], more: Partial<Row> = {}): Row => ({
  call: ['recordWebSocketError', type],
  act,
  ...more,
});
const mismatch = (reason: string, act: Row['act'], more: Partial<Row> = {}): Row => ({
  call: ['recordPatchMismatch', reason],
  act,
  ...more,
});
const rejected = (
  reason: string,
  id: string,
  act: Row['act'],
  options: Row['options'] = () => stored(),
): Row => ({
  call: ['recordPersistWriteRejected', reason, id],
  act,
  options,
});
const nothing = (): void => {};
const byLateClient = async (stage: Stage): Promise<void> => {
  stage.client.acknowledges = false;
  for (let i = 0; i < 3; i++) await stage.click('add');
};
const violation = (
  operation: (typeof SIGNAL_OPERATIONS)[number],
  reason: string,
  act: Row['act'],
): Row => ({
  call: ['recordSignalWriteViolation', operation, reason],
  options: () => ({ writeViolations: 'drop' }),
  async act(stage) {
    stage.behaviour.write = WRITES[operation];
    await act(stage);
  },
});

const ROWS: readonly Row[] = [
  { call: ['recordResumeSuccess'], act: lostAndBack },
  { call: ['recordReconnect'], act: lostAndBack },
  refusal('not_found', stage => stage.resume(ID)),
  refusal('closed', lostAndBack, {
    options: limits({ maxDetached: 1 }),
    async act(stage) {
      const { client } = stage;
      await stage.lose();
      await stage.visit();
      await stage.lose();
      await stage.resume(client.hello?.sessionId);
    },
  }),
  refusal(
    'expired',
    async stage => {
      await stage.lose();
      const lostAt = Date.now();
      await waitFor('the end of the window', () => Date.now() > lostAt + 1);
      await stage.resume();
    },
    { options: limits({ resumeWindow: 1 }) },
  ),
  refusal(
    'ip_limit',
    async stage => {
      const { client, page } = stage;
      await stage.lose();
      const headers = { 'x-forwarded-for': '10.0.0.9' };
      for (const sessionId of ['', client.hello?.sessionId]) {
        const other = await WireClient.open(page.socketUrl, headers);
        other.greet({ sessionId });
        await other.until(() => other.hello !== undefined);
      }
    },
    { options: () => ({ trustedProxies: ['127.0.0.1'], limits: { maxSessionsPerIp: 1 } }) },
  ),
  refusal(
    'auth',
    goneAs(behaviour => {
      behaviour.guard = ctx => {
        if (ctx.kind === 'resume') throw new NotAuthorizedError();
      };
    }),
  ),
  refusal(
    'auth_not_rehydrated',
    goneAs(behaviour => {
      behaviour.user = undefined;
    }),
    {
      before: stage => {
        stage.behaviour.user = 'ann';
      },
    },
  ),
  refusal(
    'rebuild_error',
    goneAs(behaviour => {
      behaviour.guard = ctx => {
        if (ctx.kind === 'resume') throw new Error('no');
      };
    }),
  ),
  refusal('store_error', stage => stage.resume(ID), {
    options: () => stored({ ...memoryStore(), load: () => Promise.reject(new Error('down')) }),
  }),
  refusal('decode_error', stage => stage.resume(ID), { options: holding('{') }),
  refusal('schema_mismatch', stage => stage.resume(ID), { options: holding(blob({ version: 7 })) }),
  refusal('route_mismatch', stage => stage.resume(ID), {
    options: holding(blob({ path: '/gone' })),
  }),

  {
    call: ['recordEviction'],
    options: limits({ maxDetached: 1 }),
    async act(stage) {
      await stage.lose();
      await stage.visit();
      await stage.lose();
    },
  },
  {
    call: ['recordEviction'],
    options: limits({ maxSessionsPerIp: 1 }),
    async act(stage) {
      await stage.lose();
      await stage.visit();
    },
  },
  // The reaper comes after the page has settled, also on a busy machine.
  {
    call: ['recordEviction'],
    options: limits({ sessionMemory: 1, reapInterval: 400 }),
    act: nothing,
  },
  {
    call: ['recordEviction'],
    options: limits({ totalMemory: 1, reapInterval: 400 }),
    act: nothing,
  },
  {
    call: ['recordSessionMemory', positive],
    options: limits({ resumeWindow: 1, reapInterval: 20 }),
    act: stage => stage.lose(),
  },

  socketError('upgrade', stage =>
    WireClient.open(stage.page.socketUrl, { origin: 'http://elsewhere.example' }).catch(nothing),
  ),
  socketError('handshake', async stage => {
    const other = await WireClient.open(stage.page.socketUrl);
    other.sendRaw(encodeFrame(FrameType.Handshake, new Uint8Array([2])));
    await other.until(() => other.hello !== undefined);
  }),
  // An unmasked frame, which a client must not send.
  socketError('read', stage =>
    rawSocket(stage).then(socket => socket.write(Buffer.from([0x82, 0x00]))),
  ),
  socketError(
    'write',
    async stage => {
      // A client that asks and does not read.
      stage.client.socket.pause();
      for (let i = 0; i < 1000; i++) stage.client.event('Click', stage.page.hid('bulk'));
    },
    { options: limits({ sendBuffer: 1 }) },
  ),
  socketError('timeout', stage => WireClient.open(stage.page.socketUrl), {
    options: limits({ handshakeTimeout: 300 }),
  }),
  socketError('decode', stage => stage.client.sendRaw(new Uint8Array([1]))),
  socketError('too_large', stage => stage.client.sendRaw(new Uint8Array(70_000))),

  // Bytes: header 4, sequence number 1, count 1, operation 1, empty HID 1, length, path.
  ...(
    [
      ['recordPatches', 1],
      ['recordPatchBytes', '/other', 19],
    ] as const
  ).map(
    (call): Row => ({
      call,
      path: '/other',
      act: stage => stage.client.event('Navigate', 'nav', { path: '/gone', replace: true }),
    }),
  ),
  mismatch('seq_gap', async stage => {
    await byLateClient(stage);
    stage.client.requestResync(stage.client.lastSeq - 1);
  }),
  mismatch(
    'history_miss',
    async stage => {
      await byLateClient(stage);
      stage.client.requestResync(stage.client.lastSeq - 2);
    },
    { options: limits({ patchRing: 1 }) },
  ),
  mismatch('handler_not_found', stage => stage.client.click('h999')),
  mismatch('reload_after_patch', async stage => {
    await stage.click('add');
    await stage.lose();
    stage.page = await loadPage(stage.origin, '/items/1');
    await stage.resume(undefined, 0);
  }),
  mismatch('patch_too_large', stage => stage.click('large')),
  mismatch('unknown_parent', stage => stage.click('emit-gone')),

  { call: ['recordResourceDuration', 'stock', positive], act: nothing },
  { call: ['recordResourceError', 'stock'], act: stage => stage.click('fail-load') },
  { call: ['recordActionDuration', 'order', positive], act: stage => stage.click('order') },
  { call: ['recordActionError', 'order'], act: stage => stage.click('fail-order') },

  ...SIGNAL_OPERATIONS.flatMap(operation => [
    violation(operation, 'prefetch', stage => {
      stage.behaviour.guard = ctx => {
        if (ctx.kind === 'prefetch') WRITES[operation](visits());
      };
      const data = new TextEncoder().encode('{"path":"/other"}');
      stage.client.event('Custom', 'prefetch', { name: 'prefetch', data });
    }),
    violation(operation, 'effect', async stage => {
      stage.behaviour.page = inEffect;
      await stage.client.close();
      await stage.visit();
    }),
    violation(operation, 'render', async stage => {
      let written = false;
      const write = stage.behaviour.write as NonNullable<Behaviour['write']>;
      stage.behaviour.page = () => {
        if (!written) write(visits());
        written = true;
        return null;
      };
      await stage.click('add');
    }),
    violation(operation, 'off_loop', stage => stage.click('late')),
    violation(operation, 'disposed', async stage => {
      stage.behaviour.page = afterDispose;
      await stage.click('drop-child');
    }),
  ]),

  {
    call: ['recordPersistBytes', 'causes.kept', '"held"'.length],
    options: () => stored(),
    async act(stage) {
      await stage.click('hold');
      await stage.lose();
    },
  },
  {
    call: ['recordSessionPersistBytes', positive],
    options: () => stored(),
    act: stage => stage.lose(),
  },
  rejected('not_serializable', 'causes.kept', async stage => {
    await stage.click('hold-map');
    await stage.lose();
  }),
  rejected('signal_too_large', 'causes.kept', async stage => {
    await stage.click('hold-much');
    await stage.lose();
  }),
  rejected('session_too_large', '_session', async stage => {
    await stage.click('hold-too-much');
    await stage.lose();
  }),
  rejected('duplicate_id', 'causes.kept', async stage => {
    stage.behaviour.page = () => persisted('', { key: 'causes.kept' })().value;
    await loadPage(stage.origin, '/items/1');
  }),
  rejected(
    'transient',
    'causes.kept',
    stage => stage.lose(),
    () => ({}),
  ),
  rejected(
    'store_error',
    '_session',
    stage => stage.lose(),
    () => stored(failing),
  ),
  rejected(
    'store_closed',
    '_session',
    stage => stage.app.close(),
    () => stored({ ...memoryStore(), save: () => new Promise(() => {}) }),
  ),

  ...(
    [
      ['version', blob({ version: 7 })],
      ['decode', '{'],
      ['type', blob({ signals: { 'causes.more0': { type: 'number', value: 1 } } })],
      ['unknown_id', blob({ signals: { 'causes.gone': { type: 'number', value: 1 } } })],
    ] as const
  ).map(
    ([reason, text]): Row => ({
      call: ['recordSchemaMismatch', reason],
      options: holding(text),
      act: stage => stage.resume(ID),
    }),
  ),
  // Those of a start: what a deploy does, before any client.
  {
    call: ['recordSchemaMismatch', 'missing_id'],
    options: deployedOver({ gone: 'causes.more0' }),
    act: nothing,
  },
  {
    call: ['recordSchemaMismatch', 'hash'],
    options: deployedOver({ added: 'causes.gone' }, { acknowledgeColdDeploy: true }),
    act: nothing,
  },
  {
    call: ['recordColdDeployAck', 'config'],
    options: deployedOver({ added: 'causes.gone' }, { acknowledgeColdDeploy: true }),
    act: nothing,
  },
  {
    call: ['recordColdDeployAck', 'env'],
    options() {
      process.env[ACK_VARIABLE] = '1';
      return deployedOver({ added: 'causes.gone' })();
    },
    act: nothing,
    after: () => delete process.env[ACK_VARIABLE],
  },
  {
    call: ['recordColdDeployAck', 'flag'],
    options() {
      process.argv.push(ACK_FLAG);
      return deployedOver({ added: 'causes.gone' })();
    },
    act: nothing,
    after: () => process.argv.pop(),
  },
  {
    call: ['recordColdDeployAck', 'api'],
    options: deployedOver({ added: 'causes.gone' }),
    before: ({ app }) => app.acknowledgeColdDeploy(),
    act: nothing,
  },
];

/** A socket past its upgrade, without a WebSocket library that keeps it from mistakes. */
async function rawSocket({ page }: Stage): Promise<ReturnType<typeof connectTcp>> {
  const url = new URL(page.socketUrl);
  const socket = connectTcp(Number(url.port), url.hostname);
  socket.write(
    `GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  await new Promise(resolve => socket.once('data', resolve));
  return socket;
}

/** Reports that have reasons: where the reason stands among the arguments, and all there are. */
const REASONS: ReadonlyArray<
  readonly [method: string, position: number, reasons: readonly string[]]
> = [
  ['recordResumeFailure', 1, RESUME_FAILURE_REASONS],
  ['recordWebSocketError', 1, WEBSOCKET_ERROR_TYPES],
  ['recordPatchMismatch', 1, PATCH_MISMATCH_REASONS],
  ['recordSchemaMismatch', 1, SCHEMA_MISMATCH_REASONS],
  ['recordPersistWriteRejected', 1, PERSIST_REJECT_REASONS],
  ['recordColdDeployAck', 1, COLD_DEPLOY_ACK_SOURCES],
  ['recordSignalWriteViolation', 1, SIGNAL_OPERATIONS],
  ['recordSignalWriteViolation', 2, WRITE_VIOLATION_REASONS],
];

describe('the metrics that the runtime reports', function () {
  this.timeout(20_000);

  for (const row of ROWS) {
    const [method, ...args] = row.call;
    const told = args.map(arg => (arg === positive ? 'a number' : JSON.stringify(arg))).join(', ');
    it(`${method}(${told})`, async () => {
      const stage = await Stage.open(row);
      try {
        await row.act(stage);
        const isIt = (call: unknown[]): boolean =>
          call.length === args.length &&
          args.every((arg, index) =>
            arg === positive ? positive(call[index]) : arg === call[index],
          );
        await waitFor('the report', () => stage.recorded.of(method).some(isIt), 10_000);
        // Whatever else this leads to has been reported once others have had their turn.
        await fetch(`${stage.origin}/other`).catch(nothing);
        expect(stage.recorded.of(method).filter(isIt).length).to.equal(1);
      } finally {
        row.after?.();
        await stage.app.close();
      }
    });
  }

  it('are all tested, with each of their reasons', () => {
    const methods = new Set<string>(ROWS.map(({ call: [method] }) => method));
    expect([...methods].sort()).to.deep.equal(Object.keys(NOOP_METRICS).sort());
    for (const [method, position, reasons] of REASONS) {
      const covered = ROWS.filter(({ call }) => call[0] === method).map(
        ({ call }) => call[position],
      );
      expect([...new Set(covered)].sort(), method).to.deep.equal([...reasons].sort());
    }
  });
});
