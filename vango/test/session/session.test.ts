import { expect } from 'chai';
import {
  App,
  type AppOptions,
  type Ctx,
  createApp,
  effect,
  h,
  NOOP_METRICS,
  type RuntimeMetrics,
  shared,
  signal,
} from '../../src';
import { ErrorCode, encodeFrame, FrameType, HelloStatus, PatchOp } from '../../src/protocol';
import { silentLogger } from '../support/logger';
import { waitFor } from '../support/wait';
import { type LoadedPage, loadPage, WireClient } from '../support/wireClient';

/** What the runtime reported, call by call. */
function recording(): { metrics: RuntimeMetrics; calls: string[] } {
  const calls: string[] = [];
  const metrics = Object.fromEntries(
    Object.keys(NOOP_METRICS).map(name => [
      name,
      (...args: unknown[]) => calls.push([name, ...args].join(' ')),
    ]),
  );
  return { metrics: metrics as unknown as RuntimeMetrics, calls };
}

describe('a session', () => {
  let app: App;
  let origin: string;

  async function serve(setup: (app: App) => void, options: AppOptions = {}): Promise<void> {
    app = createApp({ logger: silentLogger(), ...options });
    setup(app);
    const { port } = await app.listen(0, '127.0.0.1');
    origin = `http://127.0.0.1:${port}`;
  }

  async function open(path = '/'): Promise<{ page: LoadedPage; client: WireClient }> {
    const page = await loadPage(origin, path);
    return { page, client: await WireClient.connect(page.socketUrl) };
  }

  afterEach(() => app?.close());

  function Counter() {
    const count = signal(0);
    return h(
      'main',
      null,
      h('button', { id: 'b', onClick: () => count.update(n => n + 1) }, `${count.value}`),
    );
  }

  it('answers a click with the patch of what changed, numbered from 1', async () => {
    await serve(app => app.page('/', Counter));
    const { page, client } = await open();
    expect(client.hello?.status).to.equal(HelloStatus.OK);
    expect(client.hello?.sessionId).to.match(/^[0-9a-f]{32}$/);
    await client.click(page.hid('b'));
    await client.click(page.hid('b'));
    expect(client.lastSeq).to.equal(2);
    expect(client.patches).to.deep.equal([
      { op: PatchOp.SetText, hid: page.hid('b'), value: '1' },
      { op: PatchOp.SetText, hid: page.hid('b'), value: '2' },
    ]);
    expect(client.controls).to.deep.equal([]);
  });

  it('sends a full resync if the mount renders another tree than the page', async () => {
    let renders = 0;
    await serve(app => app.page('/', () => h('p', null, `render ${++renders}`)));
    const { client } = await open();
    await client.until(() => client.controls.length > 0);
    expect(client.controls).to.deep.equal([
      {
        type: 0x12,
        html: '<div id="vango-root" data-hid="h5"><p data-hid="h6">render 2</p></div>',
      },
    ]);
  });

  it('runs middleware for renders, mounts, events and navigations', async () => {
    const seen: string[] = [];
    await serve(app => {
      app.use((ctx, next) => {
        seen.push(`${ctx.kind} ${ctx.route}`);
        return next();
      });
      app.page('/', Counter).page('/items/:id', ({ params }) => h('p', null, params.id));
    });
    const { page, client } = await open();
    await client.click(page.hid('b'));
    client.event('Navigate', 'nav', { path: '/items/7?x=1', replace: false });
    await client.until(() => client.patches.some(({ op }) => op === PatchOp.NavPush));
    expect(seen).to.deep.equal(['page /', 'mount /', 'event /', 'navigate /items/:id']);
    expect(client.patches.find(({ op }) => op === PatchOp.NavPush)).to.deep.equal({
      op: PatchOp.NavPush,
      hid: '',
      path: '/items/7?x=1',
    });
  });

  it('runs the guards of a page for its mount too', async () => {
    await serve(app =>
      app.page('/', Counter, {
        middleware: (ctx, next) => (ctx.kind === 'mount' ? ctx.navigate('/login') : next()),
      }),
    );
    const { client } = await open();
    expect(client.hello?.status).to.equal(HelloStatus.NotAuthorized);
    expect(app.sessions.counts()).to.deep.equal({ active: 0, detached: 0 });
  });

  it('answers a navigation that fails with an error and the page it stays on', async () => {
    await serve(app => {
      app.page('/', Counter).page('/closed', Counter, {
        middleware: ctx => {
          if (ctx.kind === 'navigate') throw new Error('no');
        },
      });
    });
    const { page, client } = await open();
    for (const path of ['/closed', '/missing', '//evil.example', '/%zz']) {
      const errors = client.errors.length;
      client.event('Navigate', 'nav', { path, replace: false });
      await client.until(() => client.errors.length > errors);
      expect(client.patches.at(-1)).to.deep.equal({ op: PatchOp.NavReplace, hid: '', path: '/' });
    }
    await client.click(page.hid('b'));
    expect(client.patches.at(-1)).to.deep.equal({
      op: PatchOp.SetText,
      hid: page.hid('b'),
      value: '1',
    });
  });

  it('follows redirects of middleware and of handlers, up to ten', async () => {
    await serve(app => {
      app
        .page('/', () => h('button', { id: 'go', onClick: (ctx: Ctx) => ctx.navigate('/a') }, 'go'))
        .page('/a', () => h('p', null, 'a'), { middleware: ctx => ctx.redirect('/b') })
        .page('/b', () => h('p', null, 'b'))
        .page('/loop', () => null, { middleware: ctx => ctx.redirect('/loop') });
    });
    const { page, client } = await open();
    await client.click(page.hid('go'));
    expect(client.patches[0]).to.deep.equal({ op: PatchOp.NavReplace, hid: '', path: '/b' });
    client.event('Navigate', 'nav', { path: '/loop', replace: false });
    await client.until(() => client.errors.length > 0);
    expect(client.errors[0]?.code).to.equal(ErrorCode.RouteError);
  });

  it('redirects pages over HTTP, and to their canonical paths', async () => {
    await serve(app =>
      app
        .page('/old', () => null, { middleware: ctx => ctx.redirect('/new', 307) })
        .page('/new', Counter),
    );
    const get = (path: string): Promise<Response> => fetch(origin + path, { redirect: 'manual' });
    expect([(await get('/old')).status, (await get('/old')).headers.get('location')]).to.deep.equal(
      [307, '/new'],
    );
    expect([
      (await get('/new/?a=1')).status,
      (await get('/new/?a=1')).headers.get('location'),
    ]).to.deep.equal([308, '/new?a=1']);
    expect((await get('/%zz')).status).to.equal(400);
    expect((await get('/missing')).status).to.equal(404);
    expect((await fetch(`${origin}/new`, { method: 'POST' })).status).to.equal(405);
  });

  it('writes what changed before a handler failed, then the error', async () => {
    function Page() {
      const text = signal('before');
      const fail = (): never => {
        text.value = 'changed';
        throw new Error('secret');
      };
      return h(
        'main',
        null,
        h('button', { id: 'b', onClick: fail }, 'x'),
        h('p', { id: 'p' }, text.value),
      );
    }
    await serve(app => app.page('/', Page));
    const { page, client } = await open();
    await client.click(page.hid('b'));
    await client.until(() => client.errors.length === 1);
    expect(client.patches).to.deep.equal([
      { op: PatchOp.SetText, hid: page.hid('p'), value: 'changed' },
    ]);
    expect(client.errors).to.deep.equal([
      { code: ErrorCode.HandlerPanic, message: 'The action failed', fatal: false },
    ]);
  });

  it('shows changes beside a component that fails, and the component once it renders again', async () => {
    const stock = signal(1);
    let isBroken = false;
    const Broken = () => {
      if (isBroken && stock.value > 0) throw new Error('secret');
      return h('p', { id: 'broken' }, `broken ${stock.value}`);
    };
    const Sound = () => h('p', { id: 'sound' }, `sound ${stock.value}`);
    const change = (): void => {
      isBroken = !isBroken;
      stock.update(n => n + 1);
    };
    const Page = () =>
      h('main', { id: 'b', onClick: change }, h(Broken, null), h(Sound, null), h(Broken, null));
    await serve(app => app.page('/', Page));
    const { page, client } = await open();
    await client.click(page.hid('b'));
    await client.until(() => client.errors.length === 1);
    expect(client.patches).to.deep.equal([
      { op: PatchOp.SetText, hid: page.hid('sound'), value: 'sound 2' },
    ]);
    await client.click(page.hid('b'));
    await client.until(() => client.patches.length === 4);
    expect(client.patches.slice(1).map(patch => 'value' in patch && patch.value)).to.have.members([
      'broken 3',
      'sound 3',
      'broken 3',
    ]);
    expect(client.errors.length).to.equal(1);
  });

  it('runs its events one at a time and in order, while other sessions run theirs', async () => {
    let release = (): void => {};
    const log: string[] = [];
    function Page() {
      const slow = async (): Promise<void> => {
        log.push('slow starts');
        await new Promise<void>(resolve => {
          release = resolve;
        });
        log.push('slow ends');
      };
      const quick = (): void => void log.push('quick');
      const text = signal(0);
      const other = (): void => void text.value++;
      return h('main', null, [
        h('button', { id: 'slow', onClick: slow }, 's'),
        h('button', { id: 'quick', onClick: quick }, 'q'),
        h('button', { id: 'other', onClick: other }, `${text.value}`),
      ]);
    }
    await serve(app => app.page('/', Page), { limits: { eventQueue: 2 } });
    const one = await open();
    const two = await open();
    one.client.event('Click', one.page.hid('slow'));
    for (let i = 0; i < 3; i++) one.client.event('Click', one.page.hid('quick'));
    await one.client.until(() => one.client.errors.length === 1);
    expect(one.client.errors[0]?.code).to.equal(ErrorCode.RateLimited);
    await two.client.click(two.page.hid('other'));
    expect(log).to.deep.equal(['slow starts']);
    release();
    one.client.event('Click', one.page.hid('other'));
    await one.client.until(() => one.client.patches.length > 0);
    expect(log).to.deep.equal(['slow starts', 'slow ends', 'quick', 'quick']);
  });

  it('shares values between its pages but not with other sessions', async () => {
    const cart = shared(() => signal(0));
    const Page = () =>
      h('button', { id: 'b', onClick: () => cart().update(n => n + 1) }, `${cart().value}`);
    await serve(app => app.page('/', Page).page('/other', Page));
    const one = await open();
    const two = await open();
    await one.client.click(one.page.hid('b'));
    one.client.event('Navigate', 'nav', { path: '/other', replace: false });
    await one.client.until(() => one.client.lastSeq === 2);
    // The other page shows the same number, so that nothing but the address changes.
    expect(one.client.patches.slice(1)).to.deep.equal([
      { op: PatchOp.NavPush, hid: '', path: '/other' },
    ]);
    await two.client.click(two.page.hid('b'));
    expect(two.client.patches).to.deep.equal([
      { op: PatchOp.SetText, hid: two.page.hid('b'), value: '1' },
    ]);
  });

  it('shows changes of process-wide signals without an event', async () => {
    const ticker = signal(1);
    await serve(app => app.page('/', () => h('p', { id: 'p' }, `${ticker.value}`)));
    const { page, client } = await open();
    ticker.value = 2;
    await client.until(() => client.patches.length > 0);
    expect(client.patches).to.deep.equal([{ op: PatchOp.SetText, hid: page.hid('p'), value: '2' }]);
  });

  it('runs effects after the commit and cleans up when the page is left', async () => {
    const log: string[] = [];
    function Page() {
      const count = signal(0);
      effect(() => {
        log.push(`run ${count.value}`);
        return () => log.push(`clean`);
      });
      return h('button', { id: 'b', onClick: () => count.update(n => n + 1) }, `${count.value}`);
    }
    await serve(app => app.page('/', Page).page('/other', () => h('p', null, 'other')));
    const { page, client } = await open();
    await client.click(page.hid('b'));
    client.event('Navigate', 'nav', { path: '/other', replace: false });
    await client.until(() => client.lastSeq === 2);
    expect(log).to.deep.equal(['run 0', 'clean', 'run 1', 'clean']);
  });

  it('counts and reports forbidden signal writes', async () => {
    const { metrics, calls } = recording();
    function Page() {
      const text = signal('a');
      text.value = 'in render';
      return h('p', null, text.peek());
    }
    await serve(app => app.page('/', Page).setMetrics(metrics), { writeViolations: 'drop' });
    const { html } = await loadPage(origin, '/');
    expect(html).to.include('>a</p>');
    expect(calls).to.include('recordSignalWriteViolation Set render');
    expect(calls.filter(call => call.startsWith('recordSignal')).length).to.equal(1);
  });

  it('keeps what the user typed in a control, and clears it on request', async () => {
    function Page() {
      const text = signal('');
      const clear = (): void => {
        text.value = '';
      };
      const take = (value: string): void => {
        text.value = value;
      };
      return h(
        'main',
        null,
        h('input', { id: 'i', value: text.value, onInput: take }),
        h('button', { id: 'b', onClick: clear }, 'x'),
      );
    }
    await serve(app => app.page('/', Page));
    const { page, client } = await open();
    client.event('Input', page.hid('i'), 'typed');
    await client.click(page.hid('b'));
    expect(client.patches).to.deep.equal([{ op: PatchOp.SetValue, hid: page.hid('i'), value: '' }]);
  });

  it('survives malformed frames and reports them', async () => {
    const { metrics, calls } = recording();
    await serve(app => app.page('/', Counter).setMetrics(metrics));
    const { page, client } = await open();
    client.sendRaw(new Uint8Array([1, 0]));
    client.sendRaw(encodeFrame(FrameType.Event, new Uint8Array([1, 0x10, 2])));
    await client.until(() => client.errors.length === 1);
    expect(client.errors[0]?.code).to.equal(ErrorCode.InvalidEvent);
    client.sendRaw(encodeFrame(FrameType.Control, new Uint8Array([])));
    client.sendRaw(encodeFrame(FrameType.Ack, new Uint8Array([])));
    client.sendRaw(encodeFrame(FrameType.Handshake, new Uint8Array([])));
    await client.click('h999');
    expect(client.errors[1]?.code).to.equal(ErrorCode.HandlerNotFound);
    await client.click(page.hid('b'));
    expect(client.patches.at(-1)).to.deep.include({ value: '1' });
    expect(calls.filter(call => call.includes('decode'))).to.have.length(4);
    expect(calls).to.include('recordPatchMismatch handler_not_found');
  });

  it('closes a socket with a message that is too large, and drops a silent one', async () => {
    const { metrics, calls } = recording();
    await serve(app => app.page('/', Counter).setMetrics(metrics), {
      limits: { handshakeTimeout: 50 },
    });
    const { client } = await open();
    client.sendRaw(new Uint8Array(70_000));
    await client.until(() => client.closed !== undefined);
    expect(client.closed?.code).to.equal(1009);
    const mute = await WireClient.open(`${origin.replace('http', 'ws')}/_vango/live`);
    await mute.until(() => mute.closed !== undefined);
    expect(calls).to.include('recordWebSocketError too_large');
    expect(calls).to.include('recordWebSocketError timeout');
  });

  it('refuses malformed hellos, other origins, wrong tokens and too many sessions', async () => {
    const { metrics, calls } = recording();
    const limits = { maxSessionsPerIp: 1 };
    await serve(app => app.page('/', Counter).setMetrics(metrics), {
      csrfSecret: 'a secret of some length',
      limits,
    });
    const url = `${origin.replace('http', 'ws')}/_vango/live?path=/`;
    const wrong = await WireClient.open(url);
    wrong.sendRaw(encodeFrame(FrameType.Ack, new Uint8Array([1, 1])));
    await wrong.until(() => wrong.hello !== undefined);
    expect(wrong.hello?.status).to.equal(HelloStatus.InvalidFormat);
    const foreign = await WireClient.open(url, { origin: 'http://evil.example' }).catch(
      error => error.message,
    );
    expect(foreign).to.include('403');
    const forged = await WireClient.connect(url, { csrf: 'forged' });
    expect(forged.hello?.status).to.equal(HelloStatus.InvalidCSRF);
    const response = await fetch(origin);
    const token = /__vango_csrf=([^;]+)/.exec(response.headers.get('set-cookie') ?? '')?.[1] ?? '';
    const statuses = [];
    for (let i = 0; i < 2; i++) {
      const client = await WireClient.open(url, { cookie: `__vango_csrf=${token}` });
      client.greet({ csrf: token });
      await client.until(() => client.hello !== undefined);
      statuses.push(client.hello?.status);
    }
    expect(statuses).to.deep.equal([HelloStatus.OK, HelloStatus.LimitExceeded]);
    expect(calls.filter(call => call.startsWith('recordWebSocketError'))).to.deep.equal([
      'recordWebSocketError handshake',
      'recordWebSocketError upgrade',
      'recordWebSocketError handshake',
    ]);
  });

  it('accepts a page whose browser blocks cookies, but no other client without a token', async () => {
    await serve(app => app.page('/', Counter), { csrfSecret: 'a secret of some length' });
    const url = `${origin.replace('http', 'ws')}/_vango/live?path=/`;
    for (const [headers, status] of [
      [{ origin }, HelloStatus.OK],
      [{}, HelloStatus.InvalidCSRF],
      [{ origin, cookie: 'other=1' }, HelloStatus.InvalidCSRF],
    ] as const) {
      const client = await WireClient.open(url, headers);
      client.greet();
      await client.until(() => client.hello !== undefined);
      expect(client.hello?.status, JSON.stringify(headers)).to.equal(status);
    }
  });

  it('is detached if its socket closes while middleware delays the mount, and ends in time', async () => {
    let letThrough = (): void => {};
    const held = new Promise<void>(resolve => {
      letThrough = resolve;
    });
    await serve(
      app => {
        app.use((ctx, next) => (ctx.kind === 'mount' ? held.then(next) : next()));
        app.page('/', Counter);
      },
      { limits: { resumeWindow: 1, reapInterval: 20 } },
    );
    const page = await loadPage(origin, '/');
    const client = await WireClient.open(page.socketUrl);
    client.greet();
    await waitFor('the session', () => app.sessions.counts().active === 1);
    client.drop();
    await waitFor(
      'its end',
      () => app.sessions.counts().active + app.sessions.counts().detached === 0,
    );
    letThrough();
    const next = await open();
    await next.client.click(next.page.hid('b'));
    expect(app.sessions.counts()).to.deep.equal({ active: 1, detached: 0 });
  });

  it('is detached when its socket closes, and resumes with its state', async () => {
    const { metrics, calls } = recording();
    await serve(app => app.page('/', Counter).setMetrics(metrics));
    const { page, client } = await open();
    await client.click(page.hid('b'));
    client.drop();
    await client.until(() => client.closed !== undefined);
    const until = async (condition: () => boolean): Promise<void> => {
      while (!condition()) await new Promise(resolve => setImmediate(resolve));
    };
    await until(() => app.sessions.counts().detached === 1);
    expect(app.sessions.counts()).to.deep.equal({ active: 0, detached: 1 });
    const again = await WireClient.connect(page.socketUrl, {
      sessionId: client.hello?.sessionId,
      lastSeq: 1,
    });
    expect(again.hello).to.deep.include({
      status: HelloStatus.OK,
      sessionId: client.hello?.sessionId,
    });
    await again.until(() => again.controls.length === 1);
    expect(JSON.stringify(again.controls[0])).to.include('>1</button>');
    expect(app.sessions.counts()).to.deep.equal({ active: 1, detached: 0 });
    await again.click(page.hid('b'));
    expect(again.lastSeq).to.equal(1);
    expect(calls).to.include('recordReconnect');
    expect(calls).to.include('recordResumeSuccess');
  });

  it('gives a new session to a fresh page with an unknown id, and makes an older page reload', async () => {
    const { metrics, calls } = recording();
    await serve(app => app.page('/', Counter).setMetrics(metrics));
    const page = await loadPage(origin, '/');
    const sessionId = '0'.repeat(32);
    expect((await WireClient.connect(page.socketUrl, { sessionId })).hello?.status).to.equal(
      HelloStatus.OK,
    );
    expect((await WireClient.connect(page.socketUrl, { sessionId })).hello?.status).to.equal(
      HelloStatus.SessionExpired,
    );
    expect(calls.filter(call => call.includes('Resume'))).to.deep.equal([
      'recordResumeFailure not_found',
      'recordResumeFailure not_found',
    ]);
  });

  it('sends missed frames again, or a full resync', async () => {
    await serve(app => app.page('/', Counter), { limits: { patchRing: 2 } });
    const { page, client } = await open();
    client.acknowledges = false;
    for (let i = 0; i < 3; i++) await client.click(page.hid('b'));
    client.requestResync(1);
    await client.until(() => client.patches.length === 5);
    expect(client.patches.slice(3).map(patch => (patch as { value: string }).value)).to.deep.equal([
      '2',
      '3',
    ]);
    client.requestResync(0);
    await client.until(() => client.controls.length === 1);
    await client.click(page.hid('b'));
    expect(client.lastSeq).to.equal(1);
  });

  it('drops acknowledged frames', async () => {
    await serve(app => app.page('/', Counter));
    const { page, client } = await open();
    const [session] = [...app.sessions];
    client.acknowledges = false;
    await client.click(page.hid('b'));
    await client.click(page.hid('b'));
    const held = session?.channel.heldBytes ?? 0;
    expect(held).to.be.above(0);
    client.acknowledges = true;
    await client.click(page.hid('b'));
    await waitFor('the ack', () => session?.channel.heldBytes === 0);
  });

  it('answers a ping with its own bytes', async () => {
    await serve(app => app.page('/', Counter));
    const { client } = await open();
    client.sendRaw(encodeFrame(FrameType.Control, new Uint8Array([1, 9, 8, 7, 6, 5, 4, 3, 2])));
    await client.until(() => client.controls.length === 1);
    expect(client.controls[0]).to.deep.equal({
      type: 2,
      timestamp: new Uint8Array([9, 8, 7, 6, 5, 4, 3, 2]),
    });
  });
});

describe('createApp()', () => {
  for (const [options, message] of [
    [42, 'createApp() got 42; give an object of options, or nothing'],
    [{ titel: 'x' }, 'unknown option "titel"; the options are title'],
    [{ title: 7 }, 'option title is 7; give a string'],
    [
      { csrfSecret: 'short' },
      'option csrfSecret is "short"; give a string of at least 16 characters',
    ],
    [{ trustedProxies: ['nowhere'] }, '"nowhere" is neither an IP address nor a range'],
    [{ limits: { maxSessions: 0 } }, 'limit maxSessions is 0; give a whole number of at least 1'],
    [{ limits: { sessions: 5 } }, 'unknown limit "sessions"; the limits are maxSessions'],
    [
      { writeViolations: 'ignore' },
      'option writeViolations is "ignore"; give one of warn, throw, drop',
    ],
    [{ logger: {} }, 'option logger is {}; give an object with the methods error, warn and info'],
  ] as const) {
    it(`reports what is wrong with ${JSON.stringify(options)}`, () => {
      expect(() => new App(options as never)).to.throw(Error, message);
    });
  }

  it('reports that a port is taken', async () => {
    const first = createApp({ logger: silentLogger() });
    const { port } = await first.listen(0, '127.0.0.1');
    const second = createApp({ logger: silentLogger() });
    const message = await second.listen(port, '127.0.0.1').catch(error => error.message);
    expect(message).to.equal(
      `Port ${port} of 127.0.0.1 is taken; choose another one, or 0 for any that is free`,
    );
    await first.close();
    await second.close();
  });
});
