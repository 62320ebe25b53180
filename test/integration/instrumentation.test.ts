import { trace } from '@opentelemetry/api';
import { expect } from 'chai';
import { VangoInstrumentation } from '../../src';
import { App, action, createApp, h, NOOP_METRICS, resource, Session } from '../../vango/src';
import { silentLogger } from '../../vango/test/support/logger';
import { waitFor } from '../../vango/test/support/wait';
import { loadPage, WireClient } from '../../vango/test/support/wireClient';
import { counterApp, TestMetrics, TestTraces } from './support';

const METHODS = [
  [App.prototype, ['renderPage', 'connect', 'open', 'close', 'setMetrics']],
  [Session.prototype, ['mount', 'dispatchEvent', 'dispatchWork', 'enqueueWork', 'detach', 'close']],
] as const;

function methods(): unknown[] {
  return METHODS.flatMap(([prototype, names]) =>
    names.map(name => (prototype as unknown as Record<string, unknown>)[name]),
  );
}

describe('VangoInstrumentation', () => {
  const originals = methods();
  let instrumentation: VangoInstrumentation | undefined;
  let metrics: TestMetrics;
  let traces: TestTraces;

  function start(config = {}): VangoInstrumentation {
    instrumentation = new VangoInstrumentation(config);
    metrics = new TestMetrics();
    traces = new TestTraces();
    instrumentation.setMeterProvider(metrics.provider);
    instrumentation.setTracerProvider(traces.provider);
    return instrumentation;
  }

  afterEach(() => {
    instrumentation?.disable();
    instrumentation = undefined;
  });

  it('patches prototypes once, however often it is enabled, and puts the originals back', () => {
    const started = start();
    const patched = methods();
    for (const [index, method] of patched.entries()) expect(method).not.to.equal(originals[index]);
    started.enable();
    expect(methods()).to.deep.equal(patched);
    started.disable();
    expect(methods()).to.deep.equal(originals);
    started.enable();
    started.disable();
    started.disable();
    expect(methods()).to.deep.equal(originals);
  });

  it('keeps names and lengths of what it wraps', () => {
    start();
    const shape = (method: unknown): unknown => [
      (method as () => void).name,
      (method as () => void).length,
    ];
    expect(methods().map(shape)).to.deep.equal(originals.map(shape));
  });

  it('stands aside when vango is instrumented already', () => {
    start();
    const patched = methods();
    const second = new VangoInstrumentation();
    expect(methods()).to.deep.equal(patched);
    second.disable();
    expect(methods()).to.deep.equal(patched);
  });

  it('counts and traces each event once, and only while it is enabled', async () => {
    const started = start();
    const { app, open } = await counterApp();
    try {
      const { page, client } = await open();
      await client.click(page.hid('count'));
      started.disable();
      await client.click(page.hid('count'));
      started.enable();
      await client.click(page.hid('count'));
      const labels = { type: 'Click', path: '/items/:id', status: 'success' };
      expect((await metrics.scrape()).value('vango_events_total', labels)).to.equal(2);
      expect(traces.spans.filter(({ name }) => name === 'vango.Click').length).to.equal(2);
      expect(client.patches.length).to.equal(3);
    } finally {
      await app.close();
    }
  });

  it('records with each meter provider what happens while it is set', async () => {
    const started = start();
    const { app, open } = await counterApp();
    try {
      const { page, client } = await open();
      const counted = async (from: TestMetrics): Promise<Array<number | undefined>> => {
        const scraped = await from.scrape();
        return [
          scraped.value('vango_events_total', {
            type: 'Click',
            path: '/items/:id',
            status: 'success',
          }),
          scraped.value('vango_event_duration_seconds_count', { path: '/items/:id' }),
          scraped.value('vango_patches_sent_total'),
          scraped.value('vango_patch_bytes_count', { route: '/items/:id' }),
        ];
      };
      for (let i = 0; i < 3; i++) await client.click(page.hid('count'));
      const other = new TestMetrics();
      started.setMeterProvider(other.provider);
      await client.click(page.hid('count'));
      expect(await counted(other)).to.deep.equal([1, 1, 1, 1]);
      expect((await other.scrape()).value('vango_sessions_active')).to.equal(1);
      // No reader had collected these yet.
      expect(await counted(metrics)).to.deep.equal([3, 3, 3, 3]);
      started.setMeterProvider(metrics.provider);
      await client.click(page.hid('count'));
      expect(await counted(metrics)).to.deep.equal([4, 4, 4, 4]);
      expect(await counted(other)).to.deep.equal([1, 1, 1, 1]);
    } finally {
      await app.close();
    }
  });

  it('counts and measures the same events, few or many between two scrapes', async () => {
    start();
    const { app, open } = await counterApp();
    try {
      const { page, client } = await open();
      let sent = 0;
      for (const events of [1, 700, 2500]) {
        const before = client.patches.length;
        for (let i = 0; i < events; i++) client.event('Click', page.hid('count'));
        await client.until(() => client.patches.length === before + events);
        sent += events;
        const scraped = await metrics.scrape();
        expect(
          scraped.value('vango_event_duration_seconds_count', { path: '/items/:id' }),
        ).to.equal(sent);
        expect(scraped.value('vango_patch_bytes_count', { route: '/items/:id' })).to.equal(sent);
      }
    } finally {
      await app.close();
    }
  });

  it('observes the sessions of apps that ran before it', async () => {
    const { app, open } = await counterApp();
    try {
      const { client } = await open();
      start();
      expect((await metrics.scrape()).value('vango_sessions_active')).to.equal(1);
      client.drop();
      await client.until(() => client.closed !== undefined);
      await waitFor(
        'the detach',
        async () => (await metrics.scrape()).value('vango_sessions_detached') === 1,
      );
      expect((await metrics.scrape()).value('vango_sessions_active')).to.equal(0);
    } finally {
      await app.close();
    }
    expect((await metrics.scrape()).value('vango_sessions_detached')).to.equal(0);
  });

  it('reports beside metrics that the application set', async () => {
    start();
    const { app, open } = await counterApp();
    try {
      const calls: number[] = [];
      app.setMetrics({ ...NOOP_METRICS, recordPatches: count => void calls.push(count) });
      const before = (await metrics.scrape()).value('vango_patches_sent_total') ?? 0;
      const { page, client } = await open();
      await client.click(page.hid('count'));
      expect(calls).to.deep.equal([1]);
      expect((await metrics.scrape()).value('vango_patches_sent_total')).to.equal(before + 1);
    } finally {
      await app.close();
    }
  });

  it('puts an event below the browser’s span, or links it, or neither', async () => {
    const traceId = 'a'.repeat(32);
    const traceparent = `00-${traceId}-${'b'.repeat(16)}-01`;
    const { app, open } = await counterApp();
    try {
      for (const [trustClientContext, parented, links] of [
        ['parent', true, 1],
        ['link', false, 2],
        ['ignore', false, 1],
      ] as const) {
        const started = start({ trustClientContext });
        const { page, client } = await open();
        await client.click(page.hid('count'), traceparent);
        await client.click(page.hid('count'), traceparent.replace('00-', '0x-'));
        const [span, hostile] = traces.spans.filter(({ name }) => name === 'vango.Click');
        expect(span?.spanContext().traceId === traceId, trustClientContext).to.equal(parented);
        expect(span?.links.length, trustClientContext).to.equal(links);
        expect(hostile?.spanContext().traceId).not.to.equal(traceId);
        started.disable();
      }
    } finally {
      await app.close();
    }
  });

  it('ignores, extends and hooks spans as configured; ignored events still count', async () => {
    const hooked: string[] = [];
    start({
      ignoreEvents: ['Input'],
      filter: (ctx: { kind: string }) => ctx.kind !== 'page',
      attributeExtractor: () => ({ tenant: 'acme' }),
      spanEndHook: (_span: unknown, ctx: { kind: string }) => hooked.push(ctx.kind),
      includeRoute: false,
      statusOk: true,
    });
    const { app, open } = await counterApp();
    try {
      const { page, client } = await open();
      client.event('Input', page.hid('input'), 'x');
      await client.click(page.hid('count'));
      await client.until(() => client.patches.length === 3);
      expect(traces.spans.map(({ name }) => name)).to.have.members([
        'vango.mount',
        'vango.connect',
        'vango.Click',
      ]);
      const click = traces.spans.find(({ name }) => name === 'vango.Click');
      expect(click?.attributes).to.include({ tenant: 'acme' });
      expect(click?.attributes).not.to.have.any.keys('vango.route', 'http.route');
      expect(click?.status.code).to.equal(1);
      expect(hooked).to.deep.equal(['mount', 'connect', 'event']);
      const inputs = (await metrics.scrape()).value('vango_events_total', {
        type: 'Input',
        path: '/items/:id',
        status: 'success',
      });
      expect(inputs).to.equal(1);
    } finally {
      await app.close();
    }
  });

  it('links dispatched work to what dispatched it', async () => {
    start();
    const { app, open } = await counterApp();
    try {
      await open();
      const [session] = [...app.sessions];
      const cause = traces.provider.getTracer('test').startSpan('cause');
      const { context } = await import('@opentelemetry/api');
      await context.with(trace.setSpan(context.active(), cause), () => session?.dispatch(() => {}));
      const work = traces.spans.find(({ name }) => name === 'vango.dispatch');
      expect(work?.links.map(link => link.context.spanId)).to.deep.equal([
        cause.spanContext().spanId,
      ]);
      expect(work?.spanContext().traceId).not.to.equal(cause.spanContext().traceId);
    } finally {
      await app.close();
    }
  });

  it('traces and counts resources and actions, below what started them', async () => {
    start();
    const app = createApp({ logger: silentLogger() });
    app.page('/', () => {
      const list = resource(async () => 'three', { name: 'list' });
      const pay = action(
        async () => {
          throw Object.assign(new Error('declined'), { status: 403 });
        },
        { name: 'pay' },
      );
      return h('main', null, [
        h('button', { id: 'pay', onClick: () => void pay.run(undefined) }, pay.state),
        h('p', null, `${list.value ?? ''}`),
      ]);
    });
    const { port } = await app.listen(0, '127.0.0.1');
    try {
      const page = await loadPage(`http://127.0.0.1:${port}`, '/');
      const client = await WireClient.connect(page.socketUrl);
      client.event('Click', page.hid('pay'));
      const named = (name: string) => traces.spans.find(span => span.name === name);
      await waitFor('both spans', () => named('vango.resource list') && named('vango.action pay'));
      await client.until(() =>
        client.patches.some(patch => (patch as { value?: string }).value === 'error'),
      );
      const [load, run, click] = [
        named('vango.resource list'),
        named('vango.action pay'),
        named('vango.Click'),
      ];
      expect(run?.parentSpanContext?.spanId).to.equal(click?.spanContext().spanId);
      expect([run?.status.code, run?.attributes['error.type']]).to.deep.equal([2, 'forbidden']);
      expect(load?.status.code).to.equal(0);
      const started = traces.spans.find(
        span => span.spanContext().spanId === load?.parentSpanContext?.spanId,
      );
      expect(started?.name).to.equal('vango.dispatch');
      expect(started?.links.map(link => link.context.spanId)).to.deep.equal([
        named('vango.connect')?.spanContext().spanId,
      ]);
      const scraped = await metrics.scrape();
      expect(scraped.value('vango_resource_duration_ms_count', { resource: 'list' })).to.equal(1);
      expect(scraped.value('vango_action_duration_ms_count', { action: 'pay' })).to.equal(1);
      expect(scraped.value('vango_action_error_total', { action: 'pay' })).to.equal(1);
    } finally {
      await app.close();
    }
  });
});
