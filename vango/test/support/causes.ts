import { type AppOptions, type Ctx, h, memoryStore, NotAuthorizedError } from '../../src';
import { encodeFrame, FrameType } from '../../src/protocol';
import {
  blob,
  byLateClient,
  goneAs,
  holding,
  ID,
  limits,
  lostAndBack,
  nothing,
  positive,
  type Row,
  rawSocket,
  type Stage,
  stored,
} from './stage';
import { WireClient } from './wireClient';

const connectAgain = ({ page }: Stage): Promise<WireClient> => WireClient.connect(page.socketUrl);
const refuseMount =
  (error: Error): Row['act'] =>
  stage => {
    stage.behaviour.guard = ctx => {
      if (ctx.kind === 'mount') throw error;
    };
    return connectAgain(stage);
  };
const connect = (kind: string, status: string, act: Row['act'], more: Partial<Row> = {}): Row => ({
  call: ['recordConnect', kind, status],
  act,
  ...more,
});

/** The page is loaded again, and something happens to the request. */
const page = (route: string, status: string, act: Row['act']): Row => ({
  call: ['recordPageDuration', route, status, positive],
  act,
});
const ask = ({ origin }: Stage, path: string, method = 'GET'): Promise<Response> =>
  fetch(origin + path, { method, redirect: 'manual' });
const inMiddleware =
  (guard: (ctx: Ctx) => void): Row['act'] =>
  stage => {
    stage.behaviour.guard = guard;
    return ask(stage, '/items/2');
  };

const socketEnd = (end: string, act: Row['act'], more: Partial<Row> = {}): Row => ({
  call: ['recordConnectionDuration', end, positive],
  act,
  ...more,
});

const sessionEnd = (end: string, act: Row['act'], more: Partial<Row> = {}): Row => ({
  call: ['recordSessionDuration', end, positive],
  act,
  ...more,
});
const resync = (cause: string, act: Row['act'], more: Partial<Row> = {}): Row => ({
  call: ['recordResync', cause],
  act,
  ...more,
});
/** The next click draws the page with `after` instead of `before`. */
const changing =
  (after: () => unknown): Row['act'] =>
  async stage => {
    stage.behaviour.page = after;
    await stage.click('add');
  };
const refusedWork = (kind: string, act: Row['act'], more: Partial<Row> = {}): Row => ({
  call: ['recordBudgetRefusal', kind],
  act,
  ...more,
});
/** The store answers each of these once or more: a session is saved, looked up and forgotten. */
const asked = (
  operation: string,
  outcome: string,
  act: Row['act'],
  more: Partial<Row> = {},
): Row => ({
  call: ['recordStoreOperation', operation, outcome, positive],
  options: () => stored(),
  act,
  isRepeated: true,
  ...more,
});
const failing = (method: 'save' | 'load' | 'delete'): AppOptions =>
  stored({ ...memoryStore(), [method]: () => Promise.reject(new Error('down')) });
const SHORT = { resumeWindow: 1, reapInterval: 20 };

/** Said at each render, before anything fails. */
const note = (method: Row['call'][0], value: string): Row => ({
  call: [method, value],
  act: nothing,
  isRepeated: true,
});

/** What moves the metrics of traffic: of pages, sockets, sessions and stores. */
export const TRAFFIC: readonly Row[] = [
  connect('new', 'ok', nothing),
  connect('resume', 'ok', lostAndBack),
  connect('new', 'invalid_csrf', connectAgain, {
    options: () => ({ csrfSecret: 'a secret of the test' }),
    isOnlyLoaded: true,
  }),
  connect('resume', 'session_expired', stage => stage.resume(ID)),
  connect('new', 'server_busy', connectAgain, { options: limits({ maxSessions: 1 }) }),
  connect('new', 'invalid_format', async stage => {
    const other = await WireClient.open(stage.page.socketUrl);
    other.sendRaw(encodeFrame(FrameType.Handshake, new Uint8Array([2])));
    await other.until(() => other.hello !== undefined);
  }),
  connect('new', 'not_authorized', refuseMount(new NotAuthorizedError())),
  connect('new', 'internal_error', refuseMount(new Error('no'))),
  connect('new', 'limit_exceeded', connectAgain, { options: limits({ maxSessionsPerIp: 1 }) }),
  { call: ['recordConnectDuration', 'new', positive], act: nothing },
  { call: ['recordConnectDuration', 'resume', positive], act: lostAndBack },

  page('/items/:id', '2xx', nothing),
  page(
    '/items/:id',
    '3xx',
    inMiddleware(ctx => ctx.redirect('/other')),
  ),
  page('/items/:id', '3xx', stage => ask(stage, '/items/3/')),
  page(
    '/items/:id',
    '4xx',
    inMiddleware(() => {
      throw new NotAuthorizedError();
    }),
  ),
  page('unmatched', '4xx', stage => ask(stage, '/nothing', 'HEAD')),
  page('unmatched', '4xx', stage => ask(stage, '/nothing', 'POST')),
  page(
    '/items/:id',
    '5xx',
    inMiddleware(() => {
      throw new Error('no');
    }),
  ),

  socketEnd('normal', stage => stage.client.close()),
  socketEnd('lost', stage => stage.lose()),
  // An unmasked frame, which a client must not send.
  socketEnd('lost', stage =>
    rawSocket(stage).then(socket => socket.write(Buffer.from([0x82, 0x00]))),
  ),
  socketEnd('timeout', stage => WireClient.open(stage.page.socketUrl), {
    options: limits({ handshakeTimeout: 300 }),
  }),
  socketEnd('timeout', nothing, { options: limits({ readTimeout: 300 }) }),
  socketEnd(
    'slow_reader',
    async stage => {
      stage.client.socket.pause();
      for (let i = 0; i < 1000; i++) stage.client.event('Click', stage.page.hid('bulk'));
    },
    { options: limits({ sendBuffer: 1 }) },
  ),
  socketEnd('taken_over', stage => stage.resume()),
  socketEnd('shutdown', stage => stage.app.close()),
  socketEnd('refused', connectAgain, { options: limits({ maxSessions: 1 }) }),
  socketEnd('refused', nothing, { options: limits({ sessionMemory: 1, reapInterval: 400 }) }),
  { call: ['recordNetworkIo', 'receive', positive], act: nothing, isRepeated: true },
  { call: ['recordNetworkIo', 'transmit', positive], act: nothing, isRepeated: true },

  sessionEnd('expired', stage => stage.lose(), { options: limits(SHORT) }),
  sessionEnd('evicted', nothing, { options: limits({ sessionMemory: 1, reapInterval: 400 }) }),
  sessionEnd(
    'closed',
    goneAs(behaviour => {
      behaviour.guard = ctx => {
        if (ctx.kind === 'resume') throw new NotAuthorizedError();
      };
    }),
  ),
  sessionEnd('shutdown', stage => stage.app.close()),
  { call: ['recordSessionCreated', 'new'], act: nothing },
  {
    call: ['recordSessionCreated', 'revived'],
    options: holding(blob()),
    act: stage => stage.resume(ID),
  },

  resync('resume', lostAndBack),
  resync(
    'history_miss',
    async stage => {
      await byLateClient(stage);
      stage.client.requestResync(stage.client.lastSeq - 2);
    },
    { options: limits({ patchRing: 1 }) },
  ),
  // A DOM event whose detail fits no frame.
  resync('too_large', stage => {
    stage.behaviour.guard = ctx => {
      if (ctx.kind === 'event') ctx.emit('flash', 'x'.repeat(70_000));
    };
    return stage.click('add');
  }),
  // Raw markup, which patches cannot carry.
  resync(
    'change',
    changing(() => h('div', { dangerouslySetInnerHTML: { __html: '<b>2</b>' } })),
    {
      before: stage => {
        stage.behaviour.page = () => h('div', { dangerouslySetInnerHTML: { __html: '<b>1</b>' } });
      },
    },
  ),

  refusedWork('resource', stage => stage.click('fail-load'), {
    options: limits({ resourceStarts: 1 }),
  }),
  refusedWork(
    'action',
    async stage => {
      await stage.click('order');
      await stage.click('order');
    },
    { options: limits({ actionStarts: 1 }) },
  ),
  refusedWork('prefetch', ({ client }) => {
    const data = new TextEncoder().encode('{"path":"/other"}');
    for (let i = 0; i < 6; i++) client.event('Custom', 'prefetch', { name: 'prefetch', data });
  }),
  refusedWork(
    'queue',
    ({ client, page }) => {
      for (const id of ['hang', 'add', 'add']) client.event('Click', page.hid(id));
    },
    { options: limits({ eventQueue: 1 }) },
  ),

  asked('save', 'success', stage => stage.lose()),
  asked('save', 'error', stage => stage.lose(), { options: () => failing('save') }),
  asked('load', 'success', stage => stage.resume(ID)),
  asked('load', 'error', stage => stage.resume(ID), { options: () => failing('load') }),
  asked('forget', 'success', stage => stage.lose(), {
    options: () => ({ ...stored(), limits: SHORT }),
  }),
  asked('forget', 'error', stage => stage.lose(), {
    options: () => ({ ...failing('delete'), limits: SHORT }),
  }),

  note('noteRoute', '/items/:id'),
  note('noteResource', 'stock'),
  note('noteAction', 'order'),
];
