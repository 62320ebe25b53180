// One way to observe events, in its own process. Dispatches as many events as a message asks for,
// and answers with the CPU time of one event in nanoseconds.
import api from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import metricsSdk from '@opentelemetry/sdk-metrics';
import traceSdk from '@opentelemetry/sdk-trace-base';
import prom from 'prom-client';
import vango from 'vango';

const { context, ROOT_CONTEXT, SpanKind, trace } = api;
const WARM_UP = 500;

class NoReader extends metricsSdk.MetricReader {
  async onForceFlush() {}
  async onShutdown() {}
}

/** Creates a session without a socket: its dispatch does everything but write. */
function makeSession(middleware) {
  const app = vango.createApp({ logger: { error() {}, warn() {}, info() {} } });
  const Page = () => {
    const count = vango.signal(0);
    return vango.h('button', { onClick: () => count.update(n => n + 1) }, `${count.value}`);
  };
  if (middleware) app.use(middleware);
  app.page('/items/:id', Page);
  app.open();
  const session = app.sessions.create('127.0.0.1');
  session.attach({ send: () => true, close() {}, drop() {} });
  session.mount(newCtx(app, session, 'mount'));
  session.traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  session.channel.start();
  let hid = '';
  for (let i = 1; hid === ''; i++) if (session.tree.find(`h${i}`)?.tag === 'button') hid = `h${i}`;
  return { app, session, hid };
}

function newCtx(app, session, kind, event) {
  const ctx = new vango.UnitOfWork(app, kind, '/items/1');
  ctx.session = session;
  ctx.event = event;
  ctx.match = app.lookup('/items/1');
  ctx.route = '/items/:id';
  return ctx;
}

function dispatcher({ app, session, hid }) {
  const event = { seq: 1, type: 'Click', hid, data: undefined };
  return () => {
    const ctx = newCtx(app, session, 'event', event);
    ctx.receivedAt = ctx.startedAt = performance.now();
    ctx.routeAtReceipt = ctx.route;
    session.dispatchEvent(ctx);
    session.acknowledged(session.channel.sent);
  };
}

/** The instrumentation with metrics, and with spans of this sampler if one is given. */
async function instrumented(sampler) {
  const { VangoInstrumentation } = (await import('../../build/index.js')).default;
  const instrumentation = new VangoInstrumentation();
  instrumentation.setMeterProvider(new metricsSdk.MeterProvider({ readers: [new NoReader()] }));
  if (sampler) instrumentation.setTracerProvider(new traceSdk.BasicTracerProvider({ sampler }));
  return instrumentation;
}

/** A middleware written by hand that records the same series. */
function promClient() {
  const registers = [new prom.Registry()];
  const help = 'by hand';
  const events = new prom.Counter({
    name: 'events_total',
    help,
    labelNames: ['type', 'path', 'status'],
    registers,
  });
  const seconds = new prom.Histogram({
    name: 'duration_seconds',
    help,
    labelNames: ['path'],
    registers,
  });
  const route = { help, labelNames: ['route'], registers };
  const queue = new prom.Histogram({ name: 'queue_seconds', ...route });
  const render = new prom.Histogram({ name: 'render_seconds', ...route });
  const perceived = new prom.Histogram({ name: 'perceived_seconds', ...route });
  vango.Session.prototype.eventShown = unit => {
    perceived.observe({ route: unit.routeAtReceipt }, unit.perceivedTime);
  };
  const patches = new prom.Counter({ name: 'patches_total', help, registers });
  const bytes = new prom.Histogram({ name: 'patch_bytes', ...route });
  return (ctx, next) => {
    const start = performance.now();
    const result = next();
    if (ctx.kind === 'event') {
      events.inc({ type: ctx.event.type, path: ctx.route, status: 'success' });
      seconds.observe({ path: ctx.route }, (performance.now() - start) / 1000);
      queue.observe({ route: ctx.route }, ctx.queueTime);
      render.observe({ route: ctx.route }, ctx.renderTime);
      patches.inc(ctx.patchCount);
      bytes.observe({ route: ctx.route }, ctx.patchBytes);
    }
    return result;
  };
}

/** The SDK's own calls for the histograms of each event, and no other work. */
function bareHistograms(dispatch = dispatcher(makeSession())) {
  const meter = new metricsSdk.MeterProvider({ readers: [new NoReader()] }).getMeter('bare');
  const byPath = { path: '/items/:id' };
  const byRoute = { route: '/items/:id' };
  const measurements = [
    [meter.createHistogram('duration'), 1e-4, byPath],
    [meter.createHistogram('queue'), 1e-6, byPath],
    [meter.createHistogram('perceived'), 1e-4, byPath],
    [meter.createHistogram('render'), 1e-4, byRoute],
    [meter.createHistogram('bytes'), 20, byRoute],
  ];
  return () => {
    dispatch();
    for (const [histogram, value, attributes] of measurements)
      histogram.record(value, attributes, ROOT_CONTEXT);
  };
}

/**
 * These calls, and those for one span with the attributes and the link that an event's span has.
 * The code of both in one event costs more than that of each alone.
 */
function bareSpans() {
  const tracer = new traceSdk.BasicTracerProvider().getTracer('bare');
  const dispatch = dispatcher(makeSession());
  const attributes = {
    'vango.path': '/items/1',
    'url.path': '/items/1',
    'vango.route': '/items/:id',
    'http.route': '/items/:id',
    'vango.session_id': 'a'.repeat(32),
    'session.id': 'a'.repeat(32),
    'vango.event_type': 'Click',
    'vango.event_target': 'h6',
  };
  const link = {
    context: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1, isRemote: true },
  };
  return bareHistograms(() => {
    const options = { kind: SpanKind.SERVER, attributes, links: [link] };
    const span = tracer.startSpan('vango.Click', options, ROOT_CONTEXT);
    context.with(trace.setSpan(ROOT_CONTEXT, span), dispatch);
    span.setAttribute('vango.patch_count', 1);
    span.setAttribute('vango.render_cause', ['signal of Page']);
    span.setAttribute('vango.component', 'Page');
    span.setAttribute('code.function.name', 'Page.onClick');
    span.setAttribute('vango.patch_bytes', 20);
    span.setAttribute('vango.queue_time', 1e-6);
    span.setAttribute('vango.render_time', 1e-4);
    span.end();
  });
}

const WAYS = {
  uninstrumented: () => dispatcher(makeSession()),
  async disabled() {
    (await instrumented()).disable();
    return dispatcher(makeSession());
  },
  async metrics() {
    await instrumented();
    return dispatcher(makeSession());
  },
  async unsampled() {
    await instrumented(new traceSdk.AlwaysOffSampler());
    return dispatcher(makeSession());
  },
  async sampled() {
    await instrumented(new traceSdk.AlwaysOnSampler());
    return dispatcher(makeSession());
  },
  async withExemplars() {
    process.env.OTEL_METRICS_EXEMPLAR_FILTER = 'trace_based';
    return WAYS.sampled();
  },
  promClient: () => dispatcher(makeSession(promClient())),
  bareHistograms: () => bareHistograms(),
  bareSpans,
};

// A span by hand comes without exemplars, so only one way has them.
process.env.OTEL_METRICS_EXEMPLAR_FILTER = 'always_off';
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const run = await WAYS[process.argv[2]]();
process.on('message', events => {
  for (let i = 0; i < WARM_UP; i++) run();
  const start = process.cpuUsage();
  for (let i = 0; i < events; i++) run();
  const { user, system } = process.cpuUsage(start);
  process.send(((user + system) * 1000) / events);
});
process.on('disconnect', () => process.exit());
process.send('ready');
