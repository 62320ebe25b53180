import { expect } from 'chai';
import {
  type AppOptions,
  COLD_DEPLOY_ACK_SOURCES,
  CONNECT_KINDS,
  CONNECT_STATUSES,
  CONNECTION_ENDS,
  memoryStore,
  NETWORK_DIRECTIONS,
  NOOP_METRICS,
  NotAuthorizedError,
  PAGE_STATUSES,
  PATCH_MISMATCH_REASONS,
  PERSIST_REJECT_REASONS,
  persisted,
  REFUSED_WORK,
  RESUME_FAILURE_REASONS,
  RESYNC_CAUSES,
  SCHEMA_MISMATCH_REASONS,
  SESSION_ENDS,
  SESSION_ORIGINS,
  type SessionStore,
  SIGNAL_OPERATIONS,
  STORE_OPERATIONS,
  STORE_OUTCOMES,
  WEBSOCKET_ERROR_TYPES,
  WRITE_VIOLATION_REASONS,
} from '../../src';
import { encodeFrame, FrameType } from '../../src/protocol';
import { codeSchema } from '../../src/state/schema';
import { ACK_FLAG, ACK_VARIABLE } from '../../src/stores/persistence';
import { TRAFFIC } from '../support/causes';
import { recording } from '../support/recording';
import {
  afterDispose,
  type Behaviour,
  blob,
  byLateClient,
  goneAs,
  holding,
  ID,
  inEffect,
  isCallOf,
  limits,
  lostAndBack,
  nothing,
  positive,
  type Row,
  rawSocket,
  Stage,
  stored,
  titleOf,
  visits,
  WRITES,
} from '../support/stage';
import { waitFor } from '../support/wait';
import { loadPage, WireClient } from '../support/wireClient';

const failing: SessionStore = { ...memoryStore(), save: () => Promise.reject(new Error('full')) };
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
const refusal = (reason: string, act: Row['act'], more: Partial<Row> = {}): Row => ({
  call: ['recordResumeFailure', reason],
  act,
  ...more,
});
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

  { call: ['recordEventQueue', '/items/:id', positive], act: stage => stage.click('add') },
  { call: ['recordEventPerceived', '/items/:id', positive], act: stage => stage.click('add') },
  { call: ['recordRenderDuration', '/items/:id', positive], act: stage => stage.click('add') },
  { call: ['recordRoundTrip', positive], act: nothing },

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
  ...TRAFFIC,
];

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
  ['recordConnect', 1, CONNECT_KINDS],
  ['recordConnect', 2, CONNECT_STATUSES],
  ['recordConnectDuration', 1, CONNECT_KINDS],
  ['recordPageDuration', 2, PAGE_STATUSES],
  ['recordConnectionDuration', 1, CONNECTION_ENDS],
  ['recordNetworkIo', 1, NETWORK_DIRECTIONS],
  ['recordSessionDuration', 1, SESSION_ENDS],
  ['recordSessionCreated', 1, SESSION_ORIGINS],
  ['recordResync', 1, RESYNC_CAUSES],
  ['recordBudgetRefusal', 1, REFUSED_WORK],
  ['recordStoreOperation', 1, STORE_OPERATIONS],
  ['recordStoreOperation', 2, STORE_OUTCOMES],
];

describe('the metrics that the runtime reports', function () {
  this.timeout(20_000);

  for (const row of ROWS) {
    const [method] = row.call;
    it(titleOf(row), async () => {
      const recorded = recording();
      const stage = await Stage.open(row, recorded.metrics);
      try {
        await row.act(stage);
        const found = (): unknown[][] => recorded.of(method).filter(call => isCallOf(row, call));
        await waitFor('the report', () => found().length > 0, 10_000);
        // Whatever else this leads to has been reported once others have had their turn.
        await fetch(`${stage.origin}/other`).catch(nothing);
        if (row.isRepeated !== true) expect(found().length).to.equal(1);
      } finally {
        row.after?.();
        await stage.close();
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
