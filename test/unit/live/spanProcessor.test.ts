import { ROOT_CONTEXT } from '@opentelemetry/api';
import { BasicTracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { expect } from 'chai';
import { failureCounts } from '../../../src/failures';
import { LiveFeed } from '../../../src/live/feed';
import { processState } from '../../../src/processState';
import { type FinishedSpan, LiveViewSpanProcessor } from '../../../src/prometheus';

describe('LiveViewSpanProcessor', () => {
  const processor: SpanProcessor = new LiveViewSpanProcessor();
  const tracer = new BasicTracerProvider({ spanProcessors: [processor] }).getTracer('a driver');
  const unread = (): never => {
    throw new Error('read');
  };

  beforeEach(() => {
    processState().live = new LiveFeed();
  });
  afterEach(() => {
    processState().live?.end();
    processState().live = undefined;
  });

  it('brings the spans of an event to its waterfall while somebody looks', () => {
    const watch = processState().live?.begin(undefined);
    const span = tracer.startSpan('GET', {}, ROOT_CONTEXT);
    watch?.waterfalls.handled({
      ...{ id: '1', at: Date.now(), name: 'Click', route: '/', milliseconds: 200 },
      trace: span.spanContext().traceId,
      stages: { queue: 0, handler: 200, render: 0 },
    });
    span.end();
    const spans = watch?.waterfalls.list('1').chosen?.spans ?? [];
    expect(spans.map(({ name, scope }) => [name, scope])).to.deep.equal([['GET', 'a driver']]);
  });

  it('reads nothing of a span while nobody looks', () => {
    const span = { spanContext: unread } as unknown as FinishedSpan;
    const failed = failureCounts().span;
    new LiveViewSpanProcessor().onStart(span);
    new LiveViewSpanProcessor().onEnd(span);
    expect(failureCounts().span).to.equal(failed);
  });

  it('throws nothing, whatever a span does', () => {
    processState().live?.begin(undefined);
    const span = { spanContext: unread } as unknown as FinishedSpan;
    const failed = failureCounts().span;
    new LiveViewSpanProcessor().onStart(span);
    new LiveViewSpanProcessor().onEnd(span);
    expect(failureCounts().span).to.equal(failed + 2);
  });
});
