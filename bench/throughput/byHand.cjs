// The telemetry of events as a careful person writes it by hand: spans by plain calls of the SDK,
// with the attributes, the sampler and the exporter of the instrumentation, and the same series by
// prom-client.
const { channel } = require('node:diagnostics_channel');
const { context, ROOT_CONTEXT, SpanKind, trace } = require('@opentelemetry/api');
const { NodeSDK } = require('@opentelemetry/sdk-node');
const prom = require('prom-client');

// The environment says which sampler and which exporter.
new NodeSDK({ metricReaders: [], logRecordProcessors: [] }).start();
const tracer = trace.getTracer('by hand');
const link = {
  context: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1, isRemote: true },
};
const events = new prom.Counter({
  name: 'events_total',
  help: 'events',
  labelNames: ['type', 'path', 'status'],
});
const durations = histogram('duration_seconds', 'path');
const queue = histogram('queue_seconds', 'path');
const perceived = histogram('perceived_seconds', 'path');
const render = histogram('render_seconds', 'route');
const sizes = histogram('patch_bytes', 'route', prom.exponentialBuckets(64, 2, 11));
const patches = new prom.Counter({ name: 'patches_total', help: 'patches' });
const traffic = new prom.Counter({
  name: 'network_io_bytes_total',
  help: 'bytes',
  labelNames: ['direction'],
});

function histogram(name, label, buckets) {
  return new prom.Histogram({ name, help: name, labelNames: [label], ...(buckets && { buckets }) });
}

channel('vango:loaded').subscribe(({ exports: { App, NOOP_METRICS, Session } }) => {
  const { listen } = App.prototype;
  App.prototype.listen = function (...args) {
    this.setMetrics({
      ...NOOP_METRICS,
      recordEventQueue: (path, seconds) => queue.observe({ path }, seconds),
      recordEventPerceived: (path, seconds) => perceived.observe({ path }, seconds),
      recordRenderDuration: (route, seconds) => render.observe({ route }, seconds),
      recordPatches: count => patches.inc(count),
      recordPatchBytes: (route, bytes) => sizes.observe({ route }, bytes),
      recordNetworkIo: (direction, bytes) => traffic.inc({ direction }, bytes),
    });
    return listen.apply(this, args);
  };
  const { dispatchEvent } = Session.prototype;
  Session.prototype.dispatchEvent = function (ctx) {
    const { route } = ctx;
    const { type, hid } = ctx.event;
    const attributes = {
      'vango.path': ctx.path,
      'url.path': ctx.path,
      'vango.route': route,
      'http.route': route,
      'vango.session_id': this.id,
      'session.id': this.id,
      'vango.event_type': type,
      'vango.event_target': hid,
    };
    const start = performance.now();
    const span = tracer.startSpan(
      `vango.${type}`,
      { kind: SpanKind.SERVER, attributes, links: [link] },
      ROOT_CONTEXT,
    );
    if (span.isRecording()) ctx.renderCauses = [];
    const end = () => {
      if (span.isRecording()) addOutcome(span, ctx);
      span.end();
      events.inc({ type, path: route, status: 'success' });
      durations.observe({ path: route }, (performance.now() - start) / 1000);
    };
    const result = context.with(trace.setSpan(ROOT_CONTEXT, span), dispatchEvent, this, ctx);
    if (result === undefined) end();
    else result.then(end, end);
    return result;
  };
});

function addOutcome(
  span,
  { patchCount, patchBytes, queueTime, renderTime, renderCauses, handler },
) {
  span.setAttribute('vango.patch_count', patchCount);
  span.setAttribute('vango.patch_bytes', patchBytes);
  span.setAttribute('vango.queue_time', queueTime);
  span.setAttribute('vango.render_time', renderTime);
  span.setAttribute('vango.render_cause', renderCauses);
  span.setAttribute('vango.component', handler.component);
  span.setAttribute('code.function.name', handler.name);
}
