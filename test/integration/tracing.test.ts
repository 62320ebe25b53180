import { context, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  ParentBasedSampler,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { expect } from 'chai';
import { VangoInstrumentation } from '../../src';
import { processState } from '../../src/processState';
import { formatTraceparent } from '../../src/tracing/traceparent';
import {
  type AppOptions,
  action,
  type Ctx,
  createApp,
  h,
  memoryStore,
  resource,
  signal,
} from '../../vango/src';
import { silentLogger } from '../../vango/test/support/logger';
import { waitFor } from '../../vango/test/support/wait';
import { type LoadedPage, loadPage, WireClient } from '../../vango/test/support/wireClient';
import { TestMetrics, TestTraces } from './support';

const SPAN = 'b'.repeat(16);

describe('traces', () => {
  let instrumentation: VangoInstrumentation;
  let traces: TestTraces;
  const closing: Array<() => unknown> = [];

  function start(config = {}): void {
    traces = new TestTraces();
    instrumentation = new VangoInstrumentation(config);
    instrumentation.setTracerProvider(traces.provider);
  }
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    instrumentation.disable();
  });

  /** A counter, and a button that sets a timer which loads and dispatches. */
  async function serve(options: AppOptions = {}): Promise<{ origin: string; page: LoadedPage }> {
    const app = createApp({ logger: silentLogger(), ...options });
    app.page('/', () => {
      const count = signal(0);
      const stock = resource(async () => 3, { name: 'stock' });
      return h('main', null, [
        h('button', { id: 'count', onClick: () => count.update(n => n + 1) }, `${count.value}`),
        h(
          'button',
          {
            id: 'later',
            onClick: (ctx: Ctx) => {
              setTimeout(() => {
                stock.refetch();
                ctx.dispatch(() => count.update(n => n + 10));
              }, 20);
            },
          },
          'later',
        ),
        h('p', null, `${stock.value ?? ''}`),
      ]);
    });
    const { port } = await app.listen(0, '127.0.0.1');
    closing.push(() => app.close());
    const origin = `http://127.0.0.1:${port}`;
    return { origin, page: await loadPage(origin, '/') };
  }
  /** Waits for a patch to this text. */
  const showing = (client: WireClient, value: string): Promise<void> =>
    client.until(() => client.patches.some(patch => 'value' in patch && patch.value === value));
  const named = (name: string) => traces.spans.filter(span => span.name === name);
  const only = (name: string) => {
    const spans = named(name);
    expect(spans.length, name).to.equal(1);
    return spans[0] as (typeof spans)[0];
  };
  const linked = (name: string): string[] =>
    (named(name).at(-1)?.links ?? []).map(
      ({ context: { traceId, spanId } }) => `${traceId} ${spanId}`,
    );
  const idOf = (span: ReturnType<typeof only> | undefined): string =>
    `${span?.spanContext().traceId} ${span?.spanContext().spanId}`;

  it('are one for a page and its connect, and one for a click, linked to the connect', async () => {
    start();
    const { page } = await serve();
    const client = await WireClient.connect(page.socketUrl);
    client.event('Click', page.hid('count'));
    await showing(client, '1');
    const [render, connect, mount, click] = [
      'vango.ssr',
      'vango.connect',
      'vango.mount',
      'vango.Click',
    ].map(only);
    const traceparent = formatTraceparent(only('vango.ssr').spanContext());
    expect(page.html).to.include(`<meta name="traceparent" content="${traceparent}">`);
    expect(connect?.parentSpanContext?.spanId).to.equal(render?.spanContext().spanId);
    expect(mount?.parentSpanContext?.spanId).to.equal(connect?.spanContext().spanId);
    expect(
      new Set([render, connect, mount].map(span => span?.spanContext().traceId)).size,
    ).to.equal(1);
    expect(click?.attributes['vango.render_cause']).to.deep.equal(['signal of Component']);
    expect(click?.parentSpanContext).to.equal(undefined);
    expect(linked('vango.Click')).to.deep.equal([idOf(connect)]);
    expect([render, connect, mount, click].map(span => span?.kind)).to.deep.equal([
      SpanKind.INTERNAL,
      SpanKind.SERVER,
      SpanKind.INTERNAL,
      SpanKind.SERVER,
    ]);
  });

  it('link a resume to the first connect, and later events to the last resume', async () => {
    start();
    const { page } = await serve();
    let client = await WireClient.connect(page.socketUrl);
    const sessionId = client.hello?.sessionId as string;
    const connect = only('vango.connect');
    for (const count of [1, 2]) {
      client.drop();
      client = await WireClient.connect(page.socketUrl, { sessionId, lastSeq: client.lastSeq });
      await waitFor('the resume', () => named('vango.resume').length === count);
      expect(linked('vango.resume')).to.deep.equal([idOf(connect)]);
      client.event('Click', page.hid('count'));
      await showing(client, String(count));
      expect(linked('vango.Click')).to.deep.equal([idOf(named('vango.resume').at(-1))]);
    }
    expect(named('vango.connect').length).to.equal(1);
  });

  it('name the protocol and the browser of connects and resumes', async () => {
    start();
    const { page } = await serve();
    let sessionId = '';
    for (const agent of ['a browser', 'a newer browser']) {
      const client = await WireClient.open(page.socketUrl, { 'user-agent': agent });
      client.greet({ sessionId });
      await client.until(() => client.hello !== undefined);
      sessionId = client.hello?.sessionId as string;
      client.drop();
    }
    await waitFor('the resume', () => named('vango.resume').length === 1);
    const seen = ['vango.connect', 'vango.resume', 'vango.mount'].map(name => {
      const { attributes } = only(name);
      return [attributes['network.protocol.name'], attributes['user_agent.original']];
    });
    expect(seen).to.deep.equal([
      ['websocket', 'a browser'],
      ['websocket', 'a newer browser'],
      [undefined, undefined],
    ]);
  });

  it('have as many names of resources and actions as their metrics', async () => {
    processState().recorder = undefined;
    start({ metrics: { maxResources: 2, maxActions: 1 } });
    const app = createApp({ logger: silentLogger() });
    closing.push(() => app.close());
    app.page('/', () => {
      for (const name of ['one', 'two', 'three', 'four']) resource(async () => name, { name });
      const runs = ['buy', 'sell'].map(name => action(async (_: void) => name, { name }));
      const runAll = (): void => runs.forEach(each => void each.run());
      return h('button', { id: 'run', onClick: runAll });
    });
    const { port } = await app.listen(0, '127.0.0.1');
    const page = await loadPage(`http://127.0.0.1:${port}`, '/');
    const client = await WireClient.connect(page.socketUrl);
    client.event('Click', page.hid('run'));
    const ofRuns = (): string[] =>
      traces.spans.map(({ name }) => name).filter(name => /^vango\.(resource|action)/.test(name));
    await waitFor('all runs', () => ofRuns().length === 6);
    expect(ofRuns().sort()).to.deep.equal([
      'vango.action _other',
      'vango.action buy',
      'vango.resource _other',
      'vango.resource _other',
      'vango.resource one',
      'vango.resource two',
    ]);
  });

  it('say why a resume failed', async () => {
    start();
    const { page } = await serve();
    const stranger = 'c'.repeat(32);
    await WireClient.connect(page.socketUrl, { sessionId: stranger });
    await waitFor('the resume', () => named('vango.resume').length === 1);
    expect(only('vango.resume').attributes).to.include({ 'vango.resume_failure': 'not_found' });
    expect(linked('vango.resume')).to.deep.equal([]);
  });

  it('link a resume from a store to the connect in the process before', async () => {
    start();
    const store = memoryStore();
    const first = await serve({ persist: { store } });
    const client = await WireClient.connect(first.page.socketUrl);
    await closing.shift()?.();
    const second = await serve({ persist: { store } });
    const url = first.page.socketUrl.replace(/^ws:\/\/[^/]+/, second.origin.replace('http', 'ws'));
    const again = await WireClient.connect(url, { sessionId: client.hello?.sessionId as string });
    expect(again.hello?.sessionId).to.equal(client.hello?.sessionId);
    await waitFor('the resume', () => named('vango.resume').length === 1);
    // The second process has another secret, so the page's trace is only linked to.
    const render = named('vango.ssr')[0];
    expect(linked('vango.resume')).to.deep.equal([idOf(only('vango.connect')), idOf(render)]);
  });

  it('link the result of an action to the action, and a queued action to its event', async () => {
    start();
    const app = createApp({ logger: silentLogger() });
    app.page('/', () => {
      const done = signal(0);
      const save = action(async (_: void) => new Promise(resolve => setTimeout(resolve, 20)), {
        name: 'save',
        policy: 'queue',
        onSuccess: () => done.update(n => n + 1),
      });
      return h('button', { id: 'save', onClick: () => void save.run() }, `${done.value} saved`);
    });
    const { port } = await app.listen(0, '127.0.0.1');
    closing.push(() => app.close());
    const page = await loadPage(`http://127.0.0.1:${port}`, '/');
    const client = await WireClient.connect(page.socketUrl);
    client.event('Click', page.hid('save'));
    client.event('Click', page.hid('save'));
    await showing(client, '2 saved');
    const [click, second] = named('vango.Click');
    const [saved, queued] = named('vango.action save');
    expect(saved?.parentSpanContext?.spanId).to.equal(click?.spanContext().spanId);
    expect([
      queued?.parentSpanContext,
      queued?.links.map(({ context: { spanId } }) => spanId),
    ]).to.deep.equal([undefined, [second?.spanContext().spanId]]);
    expect(named('vango.dispatch').at(-1)?.attributes['vango.render_cause']).to.deep.equal([
      'signal of Component',
    ]);
    const causes = named('vango.dispatch').flatMap(({ links }) =>
      links.map(({ context: { spanId } }) => spanId),
    );
    expect(causes).to.include.members([saved?.spanContext().spanId, queued?.spanContext().spanId]);
  });

  it('end and count a handler that never settles with its session, once', async function () {
    this.timeout(20_000);
    start();
    const metrics = new TestMetrics();
    instrumentation.setMeterProvider(metrics.provider);
    const app = createApp({ logger: silentLogger() });
    let settle: (() => void) | undefined;
    app.page('/stuck', () => {
      const wait = (): Promise<void> =>
        new Promise(resolve => {
          settle = resolve;
        });
      return h('button', { id: 'wait', onClick: wait }, 'wait');
    });
    const { port } = await app.listen(0, '127.0.0.1');
    const page = await loadPage(`http://127.0.0.1:${port}`, '/stuck');
    const client = await WireClient.connect(page.socketUrl);
    client.event('Click', page.hid('wait'));
    await waitFor('the handler', () => settle);
    await app.close();
    expect(named('vango.Click')).to.deep.equal([]);
    await waitFor('the end of the span', () => named('vango.Click').length === 1);
    settle?.();
    const click = only('vango.Click');
    expect(click.attributes).to.include({ 'error.type': 'timeout' });
    expect(click.status.message).to.include('did not settle within 5 s');
    await new Promise(setImmediate);
    only('vango.Click');
    const failed = { type: 'Click', path: '/stuck', status: 'error' };
    expect((await metrics.scrape()).value('vango_events_total', failed)).to.equal(1);
    expect(
      (await metrics.scrape()).value('vango_events_total', { ...failed, status: 'success' }),
    ).to.equal(undefined);
  });

  it('are separate for what a late timer loads and dispatches, linked to the event', async () => {
    start();
    const { page } = await serve();
    const client = await WireClient.connect(page.socketUrl);
    await waitFor('the first load', () => named('vango.resource stock').length === 1);
    client.event('Click', page.hid('later'));
    await waitFor('the second load', () => named('vango.resource stock').length === 2);
    await showing(client, '10');
    const click = only('vango.Click');
    const load = named('vango.resource stock')[1];
    expect(load?.parentSpanContext).to.equal(undefined);
    expect(linked('vango.resource stock')).to.deep.equal([idOf(click)]);
    const work = named('vango.dispatch').filter(({ links }) =>
      links.some(link => link.context.spanId === click.spanContext().spanId),
    );
    expect(new Set(work.map(({ parentSpanContext }) => parentSpanContext))).to.deep.equal(
      new Set([undefined]),
    );
  });

  it('hold what a repeating timer does below its event, unless it is set outside it', async () => {
    start();
    const app = createApp({ logger: silentLogger() });
    closing.push(() => app.close());
    const seen: Record<string, Array<string | undefined>> = { inside: [], outside: [] };
    const watch = (where: string): NodeJS.Timeout =>
      setInterval(() => seen[where]?.push(trace.getActiveSpan()?.spanContext().spanId), 5);
    app.page('/', () =>
      h('button', {
        id: 'watch',
        onClick: () => {
          const timers = [watch('inside'), context.with(ROOT_CONTEXT, () => watch('outside'))];
          closing.push(() => timers.forEach(timer => void clearInterval(timer)));
        },
      }),
    );
    const { port } = await app.listen(0, '127.0.0.1');
    const page = await loadPage(`http://127.0.0.1:${port}`, '/');
    const client = await WireClient.connect(page.socketUrl);
    client.event('Click', page.hid('watch'));
    await waitFor('the timers', () => Object.values(seen).every(spans => spans.length > 2));
    const { spanId } = only('vango.Click').spanContext();
    expect(new Set(seen.inside)).to.deep.equal(new Set([spanId]));
    expect(new Set(seen.outside)).to.deep.equal(new Set([undefined]));
  });

  describe('the trace of a page', () => {
    for (const trustClientContext of ['parent', 'link', 'ignore'] as const) {
      it(`continues in its connect with trustClientContext ${trustClientContext}`, async () => {
        start({ trustClientContext });
        const { page } = await serve();
        await WireClient.connect(page.socketUrl);
        const [render, connect] = [only('vango.ssr'), only('vango.connect')];
        expect(connect.parentSpanContext?.spanId).to.equal(render.spanContext().spanId);
        expect(linked('vango.connect')).to.deep.equal([]);
      });
    }

    it('continues in another process that has the same secret', async () => {
      start();
      const csrfSecret = 'a secret of this test';
      const first = await serve({ csrfSecret });
      const second = await serve({ csrfSecret });
      const url = first.page.socketUrl.replace(
        /^ws:\/\/[^/]+/,
        second.origin.replace('http', 'ws'),
      );
      await WireClient.connect(url);
      await waitFor('the connect', () => named('vango.connect').length === 1);
      const renders = named('vango.ssr').map(span => span.spanContext().spanId);
      expect(only('vango.connect').parentSpanContext?.spanId).to.equal(renders[0]);
    });
  });

  describe('a trace context that a browser sends', () => {
    const TRACE = `f${'a'.repeat(31)}`;
    /** By the flag that the browser sends and the sampler of roots: whether spans are recorded. */
    const CASES = [
      ['parent', '01', new AlwaysOffSampler(), true],
      ['parent', '00', new AlwaysOnSampler(), false],
      ['link', '01', new AlwaysOffSampler(), false],
      ['link', '00', new AlwaysOnSampler(), true],
      ['ignore', '01', new AlwaysOffSampler(), false],
      ['ignore', '00', new AlwaysOnSampler(), true],
    ] as const;
    for (const [trustClientContext, flag, root, isRecorded] of CASES) {
      it(`with trustClientContext ${trustClientContext} and the flag ${flag}`, async () => {
        start({ trustClientContext });
        const exporter = new InMemorySpanExporter();
        const sampler = new ParentBasedSampler({ root });
        const spanProcessors = [new SimpleSpanProcessor(exporter)];
        instrumentation.setTracerProvider(new BasicTracerProvider({ sampler, spanProcessors }));
        const { page } = await serve();
        const traceparent = `00-${TRACE}-${SPAN}-${flag}`;
        const url = page.socketUrl.replace(/traceparent=[^&]*|$/, `&traceparent=${traceparent}`);
        const client = await WireClient.connect(url);
        client.event('Click', page.hid('count'), undefined, traceparent);
        await showing(client, '1');
        client.drop();
        const found = exporter.getFinishedSpans().filter(({ kind }) => kind === SpanKind.SERVER);
        const isParent = trustClientContext === 'parent';
        const isLink = trustClientContext === 'link';
        const seen = found.map(span => [
          span.name,
          span.spanContext().traceId === TRACE,
          span.parentSpanContext?.spanId,
          span.links.some(({ context: { spanId } }) => spanId === SPAN),
        ]);
        const expected = ['vango.connect', 'vango.Click'].map(name => [
          name,
          isParent,
          isParent ? SPAN : undefined,
          isLink,
        ]);
        expect(seen).to.deep.equal(isRecorded ? expected : []);
      });
    }
  });
});
