import {
  BasicTracerProvider,
  type IdGenerator,
  InMemorySpanExporter,
  ParentBasedSampler,
  type Sampler,
  SimpleSpanProcessor,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import { expect } from 'chai';
import { sessionSampler, VangoInstrumentation } from '../../src';
import { action, createApp, h, memoryStore, resource, signal } from '../../vango/src';
import { silentLogger } from '../../vango/test/support/logger';
import { waitFor } from '../../vango/test/support/wait';
import { loadPage, WireClient } from '../../vango/test/support/wireClient';
import { TestTraces } from './support';

const SESSIONS = 100;

/** Ids from a sequence of its own: two runs of one scenario get the same ones. */
function sequence(): IdGenerator {
  let state = 1;
  const next = (): string => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state.toString(16).padStart(8, '0');
  };
  return {
    generateTraceId: () => next() + next() + next() + next(),
    generateSpanId: () => next() + next(),
  };
}

describe('sampling of whole sessions', () => {
  let instrumentation: VangoInstrumentation;
  let exporter: InMemorySpanExporter;
  const closing: Array<() => unknown> = [];

  function start(sampler: Sampler, sessionSampling: boolean): void {
    new TestTraces();
    exporter = new InMemorySpanExporter();
    instrumentation = new VangoInstrumentation({ sessionSampling });
    const spanProcessors = [new SimpleSpanProcessor(exporter)];
    const idGenerator = sequence();
    instrumentation.setTracerProvider(
      new BasicTracerProvider({ sampler, spanProcessors, idGenerator }),
    );
  }
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    instrumentation.disable();
  });

  const store = memoryStore();

  /** Serves a page that loads, and whose button runs an action. */
  async function serve(): Promise<string> {
    const app = createApp({ logger: silentLogger(), persist: { store } });
    app.use((ctx, next) => {
      if (ctx.kind === 'mount') ctx.dispatch(() => {});
      return next();
    });
    app.page('/', () => {
      const saved = signal(0);
      const stock = resource(async () => 3, { name: 'stock' });
      const save = action(async (_: void) => 1, {
        name: 'save',
        onSuccess: () => saved.update(n => n + 1),
      });
      return h('main', null, [
        h('button', { id: 'save', onClick: () => void save.run() }, `${saved.value} saved`),
        h('p', null, `${stock.value ?? ''}`),
      ]);
    });
    const { port } = await app.listen(0, '127.0.0.1');
    closing.push(() => app.close());
    return `http://127.0.0.1:${port}`;
  }
  const shows = (client: WireClient, text: string): Promise<void> =>
    client.until(() => client.patches.some(patch => 'value' in patch && patch.value === text));

  /** A visit with an event, a resume by the other process and an event there. */
  async function visit(origin: string, other: string): Promise<string> {
    const page = await loadPage(origin, '/');
    const client = await WireClient.connect(page.socketUrl);
    const sessionId = client.hello?.sessionId as string;
    await shows(client, '3');
    client.event('Click', page.hid('save'));
    await shows(client, '1 saved');
    client.drop();
    await waitFor('the save', async () => (await store.load(sessionId))?.includes('"shown"'));
    const url = page.socketUrl.replace(/^ws:\/\/[^/]+/, other.replace('http', 'ws'));
    const { lastSeq } = client;
    const again = await WireClient.connect(url, { sessionId, lastSeq });
    expect(again.hello?.sessionId).to.equal(sessionId);
    await again.until(() => again.controls.length > 0);
    again.event('Click', page.hid('save'));
    await shows(again, '1 saved');
    await again.close();
    return sessionId;
  }

  const named = (name: string) => exporter.getFinishedSpans().filter(span => span.name === name);

  it('keeps all traces of a session, also of other processes, or none', async function () {
    this.timeout(60_000);
    start(sessionSampler(0.5), true);
    const [one, other] = [await serve(), await serve()];
    const sessions = new Set<unknown>();
    for (let count = 0; count < SESSIONS; count++) sessions.add(await visit(one, other));
    const spans = new Map<unknown, string[]>();
    for (const { name, attributes } of exporter.getFinishedSpans()) {
      const id = attributes['session.id'];
      if (name !== 'vango.ssr') spans.set(id, [...(spans.get(id) ?? []), name]);
    }
    expect(spans.size).to.be.within(30, 70);
    expect(named('vango.ssr').length).to.equal(spans.size);
    const [whole] = [...spans.values()].map(names => names.sort());
    expect(new Set(whole)).to.deep.equal(
      new Set([
        'vango.Click',
        'vango.action save',
        'vango.connect',
        'vango.dispatch',
        'vango.mount',
        'vango.resource stock',
        'vango.resume',
      ]),
    );
    for (const [id, names] of spans) {
      expect(sessions.has(id)).to.equal(true);
      expect(names.sort()).to.deep.equal(whole);
    }
  });

  it('gives roots the randomness of the connect, and its threshold to all but it', async () => {
    start(sessionSampler(1), true);
    await visit(await serve(), await serve());
    const [connect] = named('vango.connect');
    const randomness = connect?.spanContext().traceId.slice(-14);
    const seen = exporter
      .getFinishedSpans()
      .map(span => [span.name, span.spanContext().traceState?.serialize()]);
    // The trace context that a page carries has no tracestate.
    const expected: Record<string, string | undefined> = {
      'vango.ssr': 'ot=th:0',
      'vango.connect': undefined,
      'vango.mount': undefined,
    };
    for (const [name = '', traceState] of seen) {
      const ofSession = `ot=th:0;rv:${randomness}`;
      expect(traceState, name).to.equal(name in expected ? expected[name] : ofSession);
    }
    expect(seen.map(([name]) => name)).to.include.members(['vango.resume', 'vango.dispatch']);
  });

  it('links a resume to the page that was loaded again, whose decision is another', async () => {
    start(sessionSampler(1), true);
    const origin = await serve();
    const first = await loadPage(origin, '/');
    const client = await WireClient.connect(first.socketUrl);
    const sessionId = client.hello?.sessionId as string;
    client.drop();
    const second = await loadPage(origin, '/');
    await WireClient.connect(second.socketUrl, { sessionId });
    await waitFor('the resume', () => named('vango.resume').length === 1);
    const [resume] = named('vango.resume');
    expect(resume?.parentSpanContext).to.equal(undefined);
    const ids = [named('vango.connect')[0], named('vango.ssr')[1]].map(
      span => span?.spanContext().spanId,
    );
    expect(resume?.links.map(({ context: { spanId } }) => spanId)).to.deep.equal(ids);
  });

  it('leaves the traces of a stock sampler as they are', async () => {
    const runs: unknown[] = [];
    for (const sessionSampling of [false, true]) {
      const root = new TraceIdRatioBasedSampler(0.5);
      start(new ParentBasedSampler({ root }), sessionSampling);
      const [one, other] = [await serve(), await serve()];
      for (let count = 0; count < 20; count++) await visit(one, other);
      for (const close of closing.splice(0)) await close();
      instrumentation.disable();
      runs.push(
        exporter.getFinishedSpans().map(span => ({
          name: span.name,
          ...span.spanContext(),
          parent: span.parentSpanContext?.spanId,
          links: span.links.map(({ context: { spanId } }) => spanId),
        })),
      );
    }
    const [without, withOption] = runs as [unknown[], unknown[]];
    expect(without.length).to.be.above(50);
    expect(withOption).to.deep.equal(without);
  });
});
