import { context, metrics as globalMetrics, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { expect } from 'chai';
import {
  attachPrometheus,
  type Collector,
  getMetrics,
  logger,
  openTelemetry,
  prometheus,
  recordEviction,
  recordPatches,
  recordReconnect,
  recordResume,
  recordResumeFailed,
  recordSessionCreate,
  recordSessionDestroy,
  recordSessionDetach,
  recordSessionReattach,
  recordWebSocketError,
  recover,
  spanFromContext,
  traceContext,
  VangoInstrumentation,
  type VangoMiddleware,
} from '../../src';
import { processState } from '../../src/processState';
import { type App, createApp, h, type Middleware, signal } from '../../vango/src';
import { encodeFrame, encodePatches, FrameType, PatchOp } from '../../vango/src/protocol';
import { silentLogger } from '../../vango/test/support/logger';
import { type LoadedPage, loadPage, WireClient } from '../../vango/test/support/wireClient';
import { TestMetrics, TestTraces } from './support';

const silent = silentLogger();

/** Bytes of the frame in which the first event of a page sets a text. */
function frameSize(hid: string, value: string): number {
  const patches = encodePatches(1, [{ op: PatchOp.SetText, hid, value }], 1);
  return encodeFrame(FrameType.Patches, patches).byteLength;
}

describe('the API of the Go package', () => {
  let metrics: TestMetrics;
  let traces: TestTraces;
  const apps: App[] = [];

  beforeEach(() => {
    processState().recorder = undefined;
    metrics = new TestMetrics();
    traces = new TestTraces();
    trace.setGlobalTracerProvider(traces.provider);
  });
  afterEach(async () => {
    trace.disable();
    globalMetrics.disable();
    await Promise.all(apps.splice(0).map(app => app.close()));
    processState().recorder?.release();
    processState().recorder = undefined;
  });

  function collector(): Collector {
    prometheus({ meterProvider: metrics.provider });
    return getMetrics() as Collector;
  }

  async function serve(
    ...middleware: VangoMiddleware[]
  ): Promise<{ app: App; page: LoadedPage; client: WireClient }> {
    const app = createApp({ logger: silent });
    apps.push(app);
    for (const each of middleware) app.use(each as Middleware);
    return visit(app);
  }

  async function visit(app: App): Promise<{ app: App; page: LoadedPage; client: WireClient }> {
    app.use((ctx, next) => {
      ctx.setUser({ id: 'user-7' });
      return next();
    });
    app.page('/items/:id', () => {
      const count = signal(0);
      const fail = (): never => {
        throw Object.assign(new Error('no rights'), { status: 403 });
      };
      return h('main', null, [
        h('button', { id: 'count', onClick: () => count.update(n => n + 1) }, `${count.value}`),
        h('button', { id: 'fail', onClick: fail }, 'fail'),
      ]);
    });
    const { port } = await app.listen(0, '127.0.0.1');
    const page = await loadPage(`http://127.0.0.1:${port}`, '/items/1');
    return { app, page, client: await WireClient.connect(page.socketUrl) };
  }

  const value = async (
    name: string,
    labels: Record<string, string> = {},
  ): Promise<number | undefined> => (await metrics.scrape()).value(name, labels);

  it('OpenTelemetry: creates spans with the given tracer name and attributes', async () => {
    const { page, client } = await serve(
      openTelemetry({
        tracerName: 'shop',
        includeUserId: true,
        includeRoute: false,
        filter: ctx => ctx.kind !== 'page',
        attributeExtractor: ctx => ({ 'app.kind': ctx.kind }),
      }),
    );
    await client.click(page.hid('count'));
    await client.click(page.hid('fail'));
    const [mount, click, failed] = traces.spans;
    expect(traces.spans.map(({ name }) => name)).to.deep.equal([
      'vango /items/:id',
      'vango.Click',
      'vango.Click',
    ]);
    expect(mount?.instrumentationScope.name).to.equal('shop');
    expect(mount?.attributes).to.include({ 'app.kind': 'mount', 'vango.path': '/items/1' });
    const {
      'vango.queue_time': queueTime,
      'vango.render_time': renderTime,
      ...told
    } = click?.attributes ?? {};
    expect(queueTime).to.be.within(0, 1);
    expect(renderTime).to.be.within(0, 1);
    expect(told).to.deep.equal({
      'vango.path': '/items/1',
      'url.path': '/items/1',
      'vango.session_id': client.hello?.sessionId,
      'session.id': client.hello?.sessionId,
      'vango.event_type': 'Click',
      'vango.event_target': page.hid('count'),
      'vango.user_id': 'user-7',
      'app.kind': 'event',
      'vango.component': 'Component',
      'code.function.name': 'Component.onClick',
      'vango.render_cause': ['signal of Component'],
      'vango.patch_count': 1,
      'vango.patch_bytes': frameSize(page.hid('count'), '1'),
    });
    expect(failed?.status).to.deep.equal({ code: 2, message: 'no rights' });
    expect(failed?.attributes['error.type']).to.equal('forbidden');
  });

  it('Prometheus: counts events with the given namespace, labels and buckets', async () => {
    const { page, client } = await serve(
      prometheus({
        namespace: 'myapp',
        subsystem: 'ui',
        constLabels: { region: 'eu' },
        buckets: [0.1, 1],
        meterProvider: metrics.provider,
      }),
    );
    await client.click(page.hid('count'));
    await client.click(page.hid('fail'));
    const path = '/items/:id';
    expect(
      await value('myapp_ui_events_total', {
        type: 'Click',
        path,
        status: 'success',
        region: 'eu',
      }),
    ).to.equal(1);
    expect(
      await value('myapp_ui_events_total', { type: 'Click', path, status: 'error', region: 'eu' }),
    ).to.equal(1);
    expect(
      await value('myapp_ui_event_errors_total', { path, error_type: 'forbidden', region: 'eu' }),
    ).to.equal(1);
    expect(await value('myapp_ui_event_duration_seconds_count', { path, region: 'eu' })).to.equal(
      2,
    );
    const buckets = (await metrics.scrape()).series('myapp_ui_event_duration_seconds_bucket');
    expect(buckets.map(({ labels }) => labels.le)).to.deep.equal(['0.1', '1', '+Inf']);
    expect(
      (await metrics.scrape()).samples.filter(({ name }) => name.startsWith('vango_')),
    ).to.deep.equal([]);
  });

  it('AttachPrometheus: counts events, patches and sessions of a server', async () => {
    const app = createApp({ logger: silent });
    apps.push(app);
    attachPrometheus(app as never, app as never, { meterProvider: metrics.provider });
    const { page, client } = await visit(app);
    await client.click(page.hid('count'));
    expect(
      await value('vango_events_total', { type: 'Click', path: '/items/:id', status: 'success' }),
    ).to.equal(1);
    expect(await value('vango_patches_sent_total')).to.equal(1);
    expect(await value('vango_patch_bytes_count', { route: '/items/:id' })).to.equal(1);
    expect(await value('vango_sessions_active')).to.equal(1);
  });

  const RECORDED: Array<
    [
      name: string,
      record: () => void,
      metric: string,
      labels: Record<string, string>,
      expected: number,
    ]
  > = [
    ['RecordEviction', () => recordEviction(), 'vango_session_evictions_total', {}, 1],
    ['RecordPatches', () => recordPatches(7), 'vango_patches_sent_total', {}, 7],
    ['RecordReconnect', () => recordReconnect(), 'vango_reconnects_total', {}, 1],
    ['RecordResume', () => recordResume(), 'vango_session_resume_success_total', {}, 1],
    [
      'RecordResumeFailed',
      () => recordResumeFailed('expired'),
      'vango_session_resume_failed_total',
      { reason: 'expired' },
      1,
    ],
    ['RecordSessionCreate', () => recordSessionCreate(), 'vango_sessions_active', {}, 1],
    [
      'RecordSessionDestroy',
      () => recordSessionDestroy(2048),
      'vango_session_memory_bytes_sum',
      {},
      2048,
    ],
    ['RecordSessionDetach', () => recordSessionDetach(), 'vango_sessions_detached', {}, 1],
    ['RecordSessionReattach', () => recordSessionReattach(), 'vango_sessions_detached', {}, -1],
    [
      'RecordWebSocketError',
      () => recordWebSocketError('read'),
      'vango_websocket_errors_total',
      { type: 'read' },
      1,
    ],
  ];
  for (const [name, record, metric, labels, expected] of RECORDED) {
    it(`${name}: records ${metric}, and nothing before there are instruments`, async () => {
      record();
      collector();
      const before = (await value(metric, labels)) ?? 0;
      expect(before).to.equal(0);
      record();
      expect(await value(metric, labels)).to.equal(expected);
    });
  }

  it('GetMetrics: returns the collector once there are instruments', () => {
    expect(getMetrics()).to.equal(undefined);
    const found = collector();
    expect(getMetrics()).to.equal(found);
    expect(found).to.equal(processState().recorder?.collector);
  });

  const COLLECTED: Array<
    [
      name: string,
      record: (c: Collector) => void,
      metric: string,
      labels: Record<string, string>,
      expected: number,
    ]
  > = [
    [
      'RecordActionDuration',
      c => c.recordActionDuration('pay', 12),
      'vango_action_duration_ms_sum',
      { action: 'pay' },
      12,
    ],
    [
      'RecordActionError',
      c => c.recordActionError('pay'),
      'vango_action_error_total',
      { action: 'pay' },
      1,
    ],
    [
      'RecordColdDeployAck',
      c => c.recordColdDeployAck('env'),
      'vango_cold_deploy_ack_total',
      { source: 'env' },
      1,
    ],
    [
      'RecordPatchBytes',
      c => c.recordPatchBytes('/a', 300),
      'vango_patch_bytes_sum',
      { route: '/a' },
      300,
    ],
    [
      'RecordPatchMismatch',
      c => c.recordPatchMismatch('seq_gap'),
      'vango_patch_mismatch_total',
      { reason: 'seq_gap' },
      1,
    ],
    [
      'RecordPersistBytes',
      c => c.recordPersistBytes('cart', 40),
      'vango_persist_bytes_total',
      { stable_id: 'cart' },
      40,
    ],
    [
      'RecordPersistWriteRejected',
      c => c.recordPersistWriteRejected('signal_too_large', 'cart'),
      'vango_persist_write_rejected_total',
      { reason: 'signal_too_large', stable_id: 'cart' },
      1,
    ],
    [
      'RecordResourceDuration',
      c => c.recordResourceDuration('list', 8),
      'vango_resource_duration_ms_sum',
      { resource: 'list' },
      8,
    ],
    [
      'RecordResourceError',
      c => c.recordResourceError('list'),
      'vango_resource_error_total',
      { resource: 'list' },
      1,
    ],
    [
      'RecordResumeFailure',
      c => c.recordResumeFailure('auth'),
      'vango_session_resume_failed_total',
      { reason: 'auth' },
      1,
    ],
    [
      'RecordResumeSuccess',
      c => c.recordResumeSuccess(),
      'vango_session_resume_success_total',
      {},
      1,
    ],
    [
      'RecordSchemaMismatch',
      c => c.recordSchemaMismatch('type'),
      'vango_schema_mismatch_total',
      { reason: 'type' },
      1,
    ],
    ['RecordSessionActive', c => c.recordSessionActive(3), 'vango_sessions_active', {}, 3],
    ['RecordSessionDetached', c => c.recordSessionDetached(2), 'vango_sessions_detached', {}, 2],
    [
      'RecordSessionPersistBytes',
      c => c.recordSessionPersistBytes(900),
      'vango_session_persist_bytes_sum',
      {},
      900,
    ],
    [
      'RecordSignalWriteViolation',
      c => c.recordSignalWriteViolation('Set', 'render'),
      'vango_signal_write_violation_total',
      { operation: 'Set', reason: 'render' },
      1,
    ],
  ];
  for (const [name, record, metric, labels, expected] of COLLECTED) {
    it(`Collector.${name}: records ${metric}`, async () => {
      record(collector());
      expect(await value(metric, labels)).to.equal(expected);
    });
  }

  it('SpanFromContext and TraceContext: return the span in handlers and middleware', async () => {
    const seen: Array<[string | undefined, string | undefined]> = [];
    const { page, client } = await serve(openTelemetry(), (ctx, next) => {
      const own = spanFromContext(ctx)?.spanContext().spanId;
      // Whatever context is active, say in a callback of a library that lost it.
      const carried = context.with(
        ROOT_CONTEXT,
        () => trace.getSpan(traceContext(ctx))?.spanContext().spanId,
      );
      seen.push([own, carried]);
      return next();
    });
    await client.click(page.hid('count'));
    const click = traces.spans.find(({ name }) => name === 'vango.Click')?.spanContext().spanId;
    expect(seen.at(-1)).to.deep.equal([click, click]);
  });

  it('recover: writes an error frame, records the exception, and the page goes on', async () => {
    const lines: Array<[Record<string, unknown>, string]> = [];
    const to = {
      info() {},
      error: (fields: Record<string, unknown>, message: string) => lines.push([fields, message]),
    };
    const { page, client } = await serve(
      openTelemetry(),
      prometheus({ meterProvider: metrics.provider }),
      recover({ logger: to }),
    );
    await client.click(page.hid('fail'));
    expect(client.errors).to.deep.equal([{ code: 4, message: 'The action failed', fatal: false }]);
    const span = traces.spans.find(({ name }) => name === 'vango.Click');
    expect(span?.events.map(({ attributes }) => attributes?.['exception.message'])).to.deep.equal([
      'no rights',
    ]);
    expect(span?.status.code).to.equal(2);
    expect(lines.length).to.equal(1);
    expect(lines[0]?.[1]).to.equal('recovered: no rights');
    expect(lines[0]?.[0]).to.include({
      error_type: 'forbidden',
      trace_id: span?.spanContext().traceId,
      span_id: span?.spanContext().spanId,
    });
    expect(
      await value('vango_events_total', { type: 'Click', path: '/items/:id', status: 'error' }),
    ).to.equal(1);
    await client.click(page.hid('count'));
    expect(client.patches.at(-1)).to.deep.include({ value: '1' });
  });

  it('logger: writes a line for each event, with the ids of its trace and span', async () => {
    const lines: Array<[string, Record<string, unknown>, string]> = [];
    const to = {
      info: (fields: Record<string, unknown>, message: string) =>
        void lines.push(['info', fields, message]),
      error: (fields: Record<string, unknown>, message: string) =>
        void lines.push(['error', fields, message]),
    };
    const { page, client } = await serve(openTelemetry(), logger({ logger: to }));
    await client.click(page.hid('count'));
    await client.click(page.hid('fail'));
    expect(lines.map(([level, , message]) => [level, message])).to.deep.equal([
      ['info', 'vango.Click'],
      ['error', 'vango.Click'],
    ]);
    const [first, second] = traces.spans.filter(({ name }) => name === 'vango.Click');
    expect(lines[0]?.[1]).to.include({
      route: '/items/:id',
      status: 'success',
      session_id: client.hello?.sessionId,
      trace_id: first?.spanContext().traceId,
      span_id: first?.spanContext().spanId,
    });
    expect(lines[1]?.[1]).to.include({
      status: 'error',
      error_type: 'forbidden',
      error: 'no rights',
      trace_id: second?.spanContext().traceId,
    });
  });

  it('counts and traces ten clicks once each, with all of it at once', async () => {
    const instrumentation = new VangoInstrumentation();
    try {
      instrumentation.setMeterProvider(metrics.provider);
      instrumentation.setTracerProvider(traces.provider);
      const app = createApp({ logger: silent });
      apps.push(app);
      app.use(openTelemetry() as Middleware).use(prometheus() as Middleware);
      attachPrometheus(app as never, app as never);
      const { page, client } = await visit(app);
      for (let i = 0; i < 10; i++) await client.click(page.hid('count'));
      expect(
        await value('vango_events_total', { type: 'Click', path: '/items/:id', status: 'success' }),
      ).to.equal(10);
      expect(await value('vango_event_duration_seconds_count', { path: '/items/:id' })).to.equal(
        10,
      );
      expect(await value('vango_patches_sent_total')).to.equal(10);
      expect(await value('vango_sessions_active')).to.equal(1);
      expect(traces.spans.filter(({ name }) => name === 'vango.Click').length).to.equal(10);
      expect(traces.spans.filter(({ name }) => name.startsWith('vango /')).length).to.equal(0);
    } finally {
      instrumentation.disable();
    }
  });

  for (const [make, message] of [
    [
      () => openTelemetry({ tracerName: '' }),
      'openTelemetry(): option tracerName is ""; give a name that is not empty',
    ],
    [
      () => openTelemetry({ filter: 1 } as never),
      'openTelemetry(): option filter is 1; give a function',
    ],
    [
      () => prometheus({ buckets: [2, 1] }),
      'prometheus(): option buckets is [2,1]; give at least one finite number',
    ],
    [
      () => attachPrometheus({} as never, {} as never),
      'attachPrometheus(): the server is not a vango app; pass what createApp() returns',
    ],
    [
      () => logger({ logger: {} } as never),
      'logger(): option logger is {}; give an object with the methods info and error',
    ],
    [
      () => recover({ log: 1 } as never),
      'recover(): option log is 1; give one of the options logger',
    ],
  ] as const) {
    it(`reports: ${message}`, () => expect(make).to.throw(TypeError, message));
  }
});
