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
const seconds = new prom.Histogram({
  name: 'duration_seconds',
  help: 'duration',
  labelNames: ['path'],
});
const patches = new prom.Counter({ name: 'patches_total', help: 'patches' });
const bytes = new prom.Histogram({
  name: 'patch_bytes',
  help: 'bytes',
  labelNames: ['route'],
  buckets: prom.exponentialBuckets(64, 2, 11),
});

channel('vango:loaded').subscribe(({ exports: { Session } }) => {
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
    const end = () => {
      span.setAttribute('vango.patch_count', ctx.patchCount);
      span.end();
      events.inc({ type, path: route, status: 'success' });
      seconds.observe({ path: route }, (performance.now() - start) / 1000);
      patches.inc(ctx.patchCount);
      bytes.observe({ route }, ctx.patchBytes);
    };
    const result = context.with(trace.setSpan(ROOT_CONTEXT, span), dispatchEvent, this, ctx);
    if (result === undefined) end();
    else result.then(end, end);
    return result;
  };
});
