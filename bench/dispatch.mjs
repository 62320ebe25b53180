// What observing one event costs: nanoseconds per event, and ratios to what they stand against. Run: npm run bench:dispatch

import api from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import metricsSdk from '@opentelemetry/sdk-metrics';
import traceSdk from '@opentelemetry/sdk-trace-base';
import prom from 'prom-client';
import vango from 'vango';
import product from '../build/index.js';

const { context, ROOT_CONTEXT, SpanKind, trace } = api;
const ROUNDS = 31;
const EVENTS = 4000;

class NoReader extends metricsSdk.MetricReader {
  async onForceFlush() {}
  async onShutdown() {}
}

/** A session without a socket, whose dispatch does all but write: the cost of a real dispatch, without the network's noise. */
function makeSession(use) {
  const app = vango.createApp({ logger: { error() {}, warn() {}, info() {} } });
  const Page = () => {
    const count = vango.signal(0);
    return vango.h('button', { onClick: () => count.update(n => n + 1) }, `${count.value}`);
  };
  if (use) app.use(use);
  app.page('/items/:id', Page);
  app.open();
  const session = app.sessions.create('127.0.0.1');
  session.attach({ send: () => true, close() {}, drop() {} });
  const mount = newCtx(app, session, 'mount');
  session.mount(mount);
  session.traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  session.outlet.start();
  let hid = '';
  for (let i = 1; hid === ''; i++) if (session.tree.find(`h${i}`)?.tag === 'button') hid = `h${i}`;
  return { app, session, hid };
}

function newCtx(app, session, kind, event) {
  const ctx = new vango.Ctx(app, kind, '/items/1');
  ctx.session = session;
  ctx.event = event;
  ctx.match = app.lookup('/items/1');
  ctx.route = '/items/:id';
  return ctx;
}

function dispatcher({ app, session, hid }) {
  const event = { seq: 1, type: 'Click', hid, data: undefined };
  return () => session.dispatchEvent(newCtx(app, session, 'event', event));
}

/** The median of rounds that take turns, so that a busy machine is busy for all. */
function measure(cases) {
  const samples = new Map(Object.keys(cases).map(name => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, { run, setUp, tearDown }] of Object.entries(cases)) {
      setUp?.();
      for (let i = 0; i < 500; i++) run();
      const start = process.hrtime.bigint();
      for (let i = 0; i < EVENTS; i++) run();
      samples.get(name).push(Number(process.hrtime.bigint() - start) / EVENTS);
      tearDown?.();
    }
  }
  return new Map([...samples].map(([name, values]) => [name, values.sort((a, b) => a - b)[ROUNDS >> 1]]));
}

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const meterProvider = new metricsSdk.MeterProvider({ readers: [new NoReader()] });
const noSpans = new traceSdk.BasicTracerProvider({ sampler: new traceSdk.AlwaysOffSampler() });
const allSpans = new traceSdk.BasicTracerProvider({ spanProcessors: [] });
const idle = trace.getTracerProvider();

const bare = makeSession();
const instrumented = makeSession();

const registry = new prom.Registry();
const labels = ['type', 'path', 'status'];
const promEvents = new prom.Counter({
  name: 'events_total',
  help: 'e',
  labelNames: labels,
  registers: [registry],
});
const promDuration = new prom.Histogram({
  name: 'duration_seconds',
  help: 'd',
  labelNames: ['path'],
  registers: [registry],
});
const promPatches = new prom.Counter({ name: 'patches_total', help: 'p', registers: [registry] });
const promBytes = new prom.Histogram({
  name: 'patch_bytes',
  help: 'b',
  labelNames: ['route'],
  registers: [registry],
});
/** What one writes by hand: a middleware that records the same four series. */
const byHand = makeSession((ctx, next) => {
  const start = performance.now();
  const result = next();
  if (ctx.kind === 'event') {
    promEvents.inc({ type: ctx.event.type, path: ctx.route, status: 'success' });
    promDuration.observe({ path: ctx.route }, (performance.now() - start) / 1000);
    promPatches.inc(ctx.patchCount);
    promBytes.observe({ route: ctx.route }, ctx.patchBytes);
  }
  return result;
});

const instrumentation = new product.VangoInstrumentation({ enabled: false });
const withProviders = tracerProvider => () => {
  instrumentation.enable();
  instrumentation.setMeterProvider(meterProvider);
  instrumentation.setTracerProvider(tracerProvider);
};
const disable = () => instrumentation.disable();
const dispatch = dispatcher(instrumented);

const tracer = allSpans.getTracer('bare');
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
const link = { context: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1, isRemote: true } };
const dispatchBare = dispatcher(bare);
const sdkAlone = () => {
  const span = tracer.startSpan(
    'vango.Click',
    { kind: SpanKind.SERVER, attributes, links: [link] },
    ROOT_CONTEXT,
  );
  context.with(trace.setSpan(ROOT_CONTEXT, span), dispatchBare);
  span.setAttribute('vango.patch_count', 1);
  span.end();
};

const found = measure({
  uninstrumented: { run: dispatchBare },
  'loaded, disabled': { run: dispatch, setUp: disable },
  'metrics only': { run: dispatch, setUp: withProviders(idle), tearDown: disable },
  'metrics, unsampled span': { run: dispatch, setUp: withProviders(noSpans), tearDown: disable },
  'metrics, sampled span': { run: dispatch, setUp: withProviders(allSpans), tearDown: disable },
  'prom-client by hand': { run: dispatcher(byHand) },
  'bare SDK span': { run: sdkAlone },
});

const base = found.get('uninstrumented');
const metricsCost = found.get('metrics only') - base;
const row = (name, ns) => ({
  '': name,
  'ns/event': Math.round(ns),
  'added ns': Math.round(ns - base),
  ratio: (ns / base).toFixed(2),
});
console.table([...found].map(([name, ns]) => row(name, ns)));
console.table([
  {
    budget: 'disabled / uninstrumented',
    allowed: 1.02,
    measured: (found.get('loaded, disabled') / base).toFixed(3),
  },
  {
    budget: 'metrics / prom-client by hand (added)',
    allowed: 1.0,
    measured: (metricsCost / (found.get('prom-client by hand') - base)).toFixed(3),
  },
  {
    budget: 'sampled span / bare SDK span (added)',
    allowed: 1.25,
    measured: (
      (found.get('metrics, sampled span') - found.get('metrics only')) /
      (found.get('bare SDK span') - base)
    ).toFixed(3),
  },
]);
process.exit(0);
