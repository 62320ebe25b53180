// Traces each event with plain calls of the SDK and without an exporter. 10 % are sampled.
const { channel } = require('node:diagnostics_channel');
const { context, ROOT_CONTEXT, SpanKind, trace } = require('@opentelemetry/api');
const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks');
const { BasicTracerProvider, TraceIdRatioBasedSampler } = require('@opentelemetry/sdk-trace-base');

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const sampler = new TraceIdRatioBasedSampler(0.1);
const tracer = new BasicTracerProvider({ sampler }).getTracer('bare');
const link = {
  context: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1, isRemote: true },
};

channel('vango:loaded').subscribe(({ exports: { Session } }) => {
  const { dispatchEvent } = Session.prototype;
  Session.prototype.dispatchEvent = function (ctx) {
    const attributes = {
      'vango.path': ctx.path,
      'url.path': ctx.path,
      'vango.route': ctx.route,
      'http.route': ctx.route,
      'vango.session_id': this.id,
      'session.id': this.id,
      'vango.event_type': ctx.event.type,
      'vango.event_target': ctx.event.hid,
    };
    const span = tracer.startSpan(
      'vango.Input',
      { kind: SpanKind.SERVER, attributes, links: [link] },
      ROOT_CONTEXT,
    );
    const result = context.with(trace.setSpan(ROOT_CONTEXT, span), dispatchEvent, this, ctx);
    span.setAttribute('vango.patch_count', ctx.patchCount);
    span.end();
    return result;
  };
});
