import { trace } from '@opentelemetry/api';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import { VangoInstrumentation, type VangoInstrumentationConfig } from '../../src';
import { failureCounts } from '../../src/failures';
import { quantileOf } from '../../src/live/histogram';
import type {
  FailureList,
  Overview,
  SessionList,
  SlowList,
  Telemetry,
  Timeline,
} from '../../src/live/wire';
import { processState } from '../../src/processState';
import { LiveViewSpanProcessor, VangoPrometheusExporter } from '../../src/prometheus';
import { action, type Ctx, createApp, h, resource, signal } from '../../vango/src';
import type { ServerHello } from '../../vango/src/protocol';
import { silentLogger } from '../../vango/test/support/logger';
import { waitFor } from '../../vango/test/support/wait';
import { type LoadedPage, loadPage, WireClient } from '../../vango/test/support/wireClient';
import { LiveClient } from '../support/liveClient';
import { TestTraces } from './support';

const SECRET = 'what the user typed';
const LARGE = 500 * 1024;

function Page() {
  const count = signal(0);
  const held = signal('');
  const stock = resource(async () => 3, { name: 'stock' });
  const order = action(async () => new Promise(resolve => setTimeout(resolve, 120)), {
    name: 'order',
  });
  const wait = (milliseconds: number) => async () => {
    await new Promise(resolve => setTimeout(resolve, milliseconds));
    count.update(n => n + 1);
  };
  const fail = (): never => {
    throw new Error('it broke: <script>alert(1)</script>');
  };
  const buttons: Record<string, (ctx: Ctx) => unknown> = {
    add: () => count.update(n => n + 1),
    wait: wait(100),
    block: wait(2000),
    hold: () => held.update(() => 'x'.repeat(LARGE)),
    order: () => order.run(undefined as never),
    fail,
    later: ctx => ctx.dispatch(() => count.update(n => n + 1)),
  };
  return h('main', null, [
    h('output', null, `${count.value} of ${stock.value}`),
    h('input', { id: 'text', onInput: (text: string) => held.update(() => text) }),
    ...Object.entries(buttons).map(([id, onClick]) =>
      h('button', { id, onClick: onClick as never }),
    ),
  ]);
}

describe('what the live view shows', function () {
  this.timeout(20_000);
  const closing: Array<() => unknown> = [];
  let origin: string;
  let url: string;
  let traces: TestTraces;

  async function start(config: VangoInstrumentationConfig = {}): Promise<void> {
    traces = new TestTraces(new LiveViewSpanProcessor());
    trace.setGlobalTracerProvider(traces.provider);
    const exporter = new VangoPrometheusExporter({
      ...{ host: '127.0.0.1', port: 0, preventServerStart: true, liveView: true },
    });
    const provider = new MeterProvider({ readers: [exporter] });
    const instrumentation = new VangoInstrumentation(config);
    instrumentation.setMeterProvider(provider);
    instrumentation.setTracerProvider(traces.provider);
    await exporter.startServer();
    url = exporter.liveViewUrl as string;
    const app = createApp({ logger: silentLogger(), limits: { maxSessionsPerIp: 1000 } });
    app.use((ctx, next) => {
      ctx.setUser({ id: 'ann@example.org' });
      return next();
    });
    app.page('/orders/:id', Page);
    const { port } = await app.listen(0, '127.0.0.1');
    origin = `http://127.0.0.1:${port}`;
    closing.push(
      () => app.close(),
      () => instrumentation.disable(),
      () => provider.shutdown(),
      () => trace.disable(),
      () => {
        const state = processState();
        state.live?.end();
        state.live = undefined;
      },
    );
  }

  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  async function watch<T>(topic: string): Promise<LiveClient<T>> {
    const client = await LiveClient.open<T>(url, topic);
    closing.unshift(() => client.close());
    await client.until('a frame', () => true);
    return client;
  }

  async function visit(path = '/orders/1'): Promise<{ page: LoadedPage; client: WireClient }> {
    const page = await loadPage(origin, path);
    const client = await WireClient.connect(page.socketUrl);
    closing.unshift(() => client.drop());
    return { page, client };
  }

  /** Slow events so far, which a view that opens shows at once. */
  const slowEvents = (): number => processState().live?.watch?.waterfalls.list('').rows.length ?? 0;

  const idOf = ({ hello }: WireClient): string => (hello as ServerHello).sessionId.slice(0, 12);

  it('the timeline of a session, across a detach and a resume', async () => {
    await start();
    await watch('telemetry');
    const { page, client } = await visit();
    const id = idOf(client);
    const timeline = await watch<Timeline>(`session/${id}`);
    await client.click(page.hid('add'));
    client.event('Click', page.hid('wait'));
    client.event('Input', page.hid('text'), SECRET);
    client.event('Click', page.hid('add'));
    await client.until(() => client.lastSeq >= 3);
    await client.click(page.hid('fail'));
    client.event('Click', page.hid('order'));
    await client.settled();
    client.drop();
    await timeline.until('the detach', ({ session }) => session?.state === 'detached');
    const again = await WireClient.connect(page.socketUrl, {
      sessionId: client.hello?.sessionId as string,
      lastSeq: client.lastSeq,
    });
    closing.unshift(() => again.drop());
    await again.click(page.hid('add'));
    await again.settled();

    const kinds = (name: string) => (entries: Timeline['entries']) =>
      entries.filter(({ kind }) => kind === name);
    const { entries, session } = await timeline.until('the last ack', data => {
      const [last] = kinds('event')(data.entries).slice(-1);
      return (
        kinds('resume')(data.entries).length === 1 &&
        kinds('action')(data.entries).length === 1 &&
        last?.stages?.perceived !== undefined
      );
    });
    expect(session).to.include({ id, route: '/orders/:id', path: '/orders/1', state: 'attached' });
    const events = kinds('event')(entries);
    expect(events.map(({ name, handler, error }) => [name, handler, error])).to.deep.equal([
      ['Click', 'add', undefined],
      ['Click', 'Page.onClick', undefined],
      ['Input', 'Page.onInput', undefined],
      ['Click', 'add', undefined],
      ['Click', 'fail', 'internal'],
      ['Click', 'order', undefined],
      ['Click', 'add', undefined],
    ]);
    const others = entries.filter(({ kind }) => !['event', 'dispatch'].includes(kind));
    // The action began before the socket was lost, and was over after it.
    expect(others.map(({ kind, name }) => `${kind} ${name}`)).to.have.members([
      ...['connect ', 'mount ', 'resource stock', 'detach ', 'resume ', 'action order'],
    ]);
    const order = others.map(({ kind }) => kind).filter(kind => kind !== 'action');
    expect(order.indexOf('detach')).to.be.below(order.indexOf('resume'));
    const [, waited, queued, behind] = events;
    expect(waited?.stages?.handler).to.be.within(99, 400);
    // Two timers of one clock: what waits in the queue waits as long as the other one runs.
    expect(queued?.stages?.queue).to.be.within(90, 400);
    expect(behind?.stages?.queue).to.be.within(90, 400);
    const acked = events.filter(({ stages }) => stages?.perceived !== undefined);
    expect(acked.map(({ handler }) => handler)).to.include.members(['add', 'Page.onClick']);
    for (const { patches, bytes, stages } of acked) {
      expect(patches).to.be.above(0);
      expect(bytes).to.be.above(0);
      const { queue = 0, handler = 0, render = 0, network = 0, browser = 0 } = stages ?? {};
      const sum = queue + handler + render + network + browser;
      expect(sum).to.be.closeTo(stages?.perceived ?? 0, 0.5);
    }
    const told = JSON.stringify(timeline.frames);
    expect(told).not.to.include(SECRET);
    expect(told).not.to.include('ann@example.org');
    expect(told).not.to.include(client.hello?.sessionId);
  });

  it('of 50 sessions first the one whose handler runs, and the one that holds most', async () => {
    await start();
    const visitors = await Promise.all(Array.from({ length: 50 }, () => visit()));
    const [queue, memory] = [
      await watch<SessionList>('sessions/queue'),
      await watch<SessionList>('sessions/memory'),
    ];
    const { page, client } = visitors[17] as (typeof visitors)[number];
    client.event('Click', page.hid('block'));
    const large = visitors[31] as (typeof visitors)[number];
    large.client.event('Click', large.page.hid('hold'));
    const first = ({ rows }: SessionList): string | undefined => rows[0]?.id;
    const inQueue = await queue.until('the busy one', data => first(data) === idOf(client), 2000);
    expect(inQueue).to.deep.include({ matching: 50 });
    expect(inQueue.rows.map(({ queue: events }) => events).slice(0, 2)).to.deep.equal([1, 0]);
    const inMemory = await memory.until(
      'the large one',
      data => first(data) === idOf(large.client) && (data.rows[0]?.memory ?? 0) >= LARGE,
      2000,
    );
    expect(inMemory.rows).to.have.length(20);
    expect(inMemory.rows[1]?.memory).to.be.below(50_000);
    await waitFor('its end', () => slowEvents() > 0);
    const { rows } = (await watch<SlowList>('slow')).data as SlowList;
    expect(rows[0]).to.deep.include({ name: 'Click', session: idOf(client) });
    expect(rows[0]?.milliseconds).to.be.within(1999, 2600);
  });

  it('the session with an id that begins so, with its patch bytes', async () => {
    await start();
    const visitors = await Promise.all(Array.from({ length: 5 }, () => visit()));
    const { page, client } = visitors[2] as (typeof visitors)[number];
    await client.click(page.hid('add'));
    const list = await watch<SessionList>(`sessions/patchBytes/${idOf(client)}`);
    expect(list.data?.matching).to.equal(1);
    const [row] = list.data?.rows ?? [];
    expect(row)
      .to.include({ id: idOf(client), state: 'attached' })
      .and.not.have.property('user');
    expect(row?.patchBytes).to.be.within(20, 200);
    const all = await watch<SessionList>('sessions/patchBytes');
    expect(all.data?.rows[0]?.id).to.equal(idOf(client));
  });

  it('ids of users only where spans have them', async () => {
    await start({ includeUserId: true });
    const { page, client } = await visit();
    await client.click(page.hid('fail'));
    const failures = await watch<FailureList>('failures');
    expect(failures.data?.rows.map(({ user }) => user)).to.deep.equal(['ann@example.org']);
    const sessions = await watch<SessionList>('sessions/memory');
    expect(sessions.data?.rows[0]?.user).to.equal('ann@example.org');
  });

  it('failures of the time before somebody looked, with stack, component and trace', async () => {
    await start();
    const { page, client } = await visit('/orders/%3Cscript%3E');
    await client.click(page.hid('fail'));
    expect(processState().live?.watch).to.equal(undefined);
    const list = await watch<FailureList>('failures');
    const [row] = list.data?.rows ?? [];
    const span = traces.spans.find(({ name }) => name === 'vango.Click');
    expect(row).to.deep.include({
      ...{ operation: 'event', event: 'Click', name: 'Error', errorType: 'internal' },
      message: 'it broke: <script>alert(1)</script>',
      ...{ component: 'Page', handler: 'fail', route: '/orders/:id', session: idOf(client) },
      trace: span?.spanContext().traceId,
    });
    expect(row).not.to.have.property('user');
    const chosen = await watch<FailureList>(`failures/${row?.id}`);
    expect(chosen.data?.chosen?.stack).to.include('liveFeed.test.ts:');
  });

  it('a slow event with what it started, as long as its spans', async () => {
    await start();
    await watch('telemetry');
    const { page, client } = await visit();
    client.event('Click', page.hid('order'));
    await waitFor('its end', () => slowEvents() > 0);
    const { rows } = (await watch<SlowList>('slow')).data as SlowList;
    const { data } = await watch<SlowList>(`slow/${rows[0]?.id}`);
    const spans = traces.spans.filter(span => span.spanContext().traceId === rows[0]?.trace);
    const millisecondsOf = ([seconds, nanoseconds]: readonly [number, number]): number =>
      seconds * 1000 + nanoseconds / 1e6;
    expect(data?.chosen?.spans.map(({ name, milliseconds }) => [name, milliseconds])).to.deep.equal(
      ['vango.Click', 'vango.action order'].map(wanted => {
        const found = spans.find(({ name }) => name === wanted);
        return [wanted, millisecondsOf(found?.duration ?? [0, 0])];
      }),
    );
    expect(rows[0]?.milliseconds).to.be.within(119, 500);
  });

  it('as many events, failures and sessions as were sent', async () => {
    await start();
    const view = await watch<Overview>('overview/minute');
    const before = view.data as Overview;
    const visitors = await Promise.all(Array.from({ length: 3 }, () => visit()));
    for (const { page, client } of visitors) {
      for (let i = 0; i < 10; i++) await client.click(page.hid('add'));
      await client.click(page.hid('fail'));
      client.event('Click', page.hid('wait'));
    }
    // A frame for each event that changes something, and one for the resource.
    await waitFor('all frames', () => visitors.every(({ client }) => client.lastSeq === 12));
    const sum = (slots: Overview['slots'], key: 'events' | 'errors'): number =>
      slots.reduce((total, slot) => total + slot[key], 0);
    const data = await view.until('them', ({ slots }) => sum(slots, 'events') >= 36);
    expect(sum(data.slots, 'events')).to.equal(36);
    expect(sum(data.slots, 'errors')).to.equal(3);
    expect(data.totalEvents - before.totalEvents).to.equal(36);
    expect(data.totalErrors - before.totalErrors).to.equal(3);
    expect([data.active, data.detached]).to.deep.equal([3, 0]);
    const route = data.routes.find(row => row.route === '/orders/:id');
    // One frame for each event that changed something, and one for each resource.
    expect([route?.events, route?.errors, route?.frames]).to.deep.equal([36, 3, 36]);
    const p99 = quantileOf([route?.durations ?? []], 0.99) as number;
    expect(p99).to.be.within(0.095, 0.4);
    expect(
      quantileOf(
        data.slots.map(({ perceived }) => perceived),
        1,
      ),
    ).to.be.within(0.095, 0.4);
    for (const { loopDelay, active } of data.slots) {
      expect(loopDelay).to.be.within(0, 2000);
      expect(active).to.be.within(0, 3);
    }
  });

  it('labels at their caps, failures of telemetry, and its warnings', async () => {
    await start({
      metrics: { maxActions: 1 },
      spanEndHook() {
        throw new Error('a hook that fails');
      },
    });
    const failed = failureCounts().hook;
    const { page, client } = await visit();
    client.event('Click', page.hid('order'));
    await waitFor('the failure', () => failureCounts().hook > failed);
    const data = (await watch<Telemetry>('telemetry')).data as Telemetry;
    expect(data.failures.hook).to.be.above(failed);
    expect(data.labels.find(({ label }) => label === 'action')?.cap).to.equal(1);
    expect(data.warnings).to.include('the spanEndHook failed; the application is not affected');
  });

  it('nothing more once nobody has looked for a while', async () => {
    await start();
    const { live, recorder } = processState();
    expect([live?.watch, recorder?.tap]).to.deep.equal([undefined, undefined]);
    const view = await watch<Overview>('overview/minute');
    expect(live?.watch).not.to.equal(undefined);
    view.close();
    live?.end();
    expect([live?.watch, recorder?.tap]).to.deep.equal([undefined, undefined]);
  });
});
