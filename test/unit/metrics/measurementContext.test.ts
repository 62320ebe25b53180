import {
  type Attributes,
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { MeterProvider, type ViewOptions } from '@opentelemetry/sdk-metrics';
import { AlwaysOffSampler, BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { expect } from 'chai';
import { resolveMetricsConfig } from '../../../src/config';
import type { UnitOfWork } from '../../../src/internal-types';
import { Recorder } from '../../../src/metrics/recorder';
import { processState } from '../../../src/processState';
import { VangoPrometheusExporter } from '../../../src/prometheus';
import { Observer } from '../../../src/tracing/observer';
import { eventSpans } from '../../../src/tracing/spans';

describe('the context of a measurement', () => {
  let recorder: Recorder;
  let exporter: VangoPrometheusExporter;
  /** The spans of the contexts that a view saw, by instrument. */
  let seen: Map<string, Array<Span | undefined>>;
  const tracer = new BasicTracerProvider().getTracer('test');

  const watching = (instrumentName: string): ViewOptions => ({
    instrumentName,
    attributesProcessors: [
      {
        process(attributes: Attributes, active?: Context): Attributes {
          const spans = seen.get(instrumentName) ?? [];
          seen.set(instrumentName, [...spans, active && trace.getSpan(active)]);
          return attributes;
        },
      },
    ],
  });

  function bind(): void {
    seen = new Map();
    exporter = new VangoPrometheusExporter({ preventServerStart: true });
    const views = ['vango.event.duration.seconds', 'vango.patch.bytes', 'vango.patches.sent'];
    const provider = new MeterProvider({ readers: [exporter], views: views.map(watching) });
    recorder = new Recorder(resolveMetricsConfig());
    recorder.bind(provider.getMeter('vango'));
    processState().recorder = recorder;
    seen.clear();
  }

  beforeEach(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    bind();
  });
  afterEach(() => {
    recorder.release();
    processState().recorder = undefined;
    context.disable();
  });

  const unit = (): UnitOfWork => ({
    kind: 'event',
    path: '/',
    route: '/',
    event: { type: 'Click', hid: 'h1', seq: 1 },
    patchCount: 0,
    error: undefined,
    fail() {},
  });

  function observer(): Observer {
    const observer = new Observer();
    observer.setTracerProvider(new BasicTracerProvider());
    return observer;
  }

  it('of an event is that of its span, for handlers that return at once and for promises', async () => {
    const spans: Array<Span | undefined> = [];
    for (const handler of [() => {}, () => Promise.resolve(), () => {}, () => Promise.resolve()]) {
      const observation = observer().observe(eventSpans, unit(), { span: true, count: true });
      spans.push(observation?.span);
      await observation?.run(handler, undefined);
    }
    await exporter.collect();
    expect(spans).to.have.length(4).and.not.include(undefined);
    expect(seen.get('vango.event.duration.seconds')).to.deep.equal(spans);
  });

  it('is kept while the measurement waits, also when a scrape has a span of its own', async () => {
    const first = tracer.startSpan('first');
    const second = tracer.startSpan('second');
    for (const span of [first, second]) {
      context.with(trace.setSpan(ROOT_CONTEXT, span), () =>
        recorder.collector.recordPatchBytes('/', 100),
      );
    }
    recorder.collector.recordPatchBytes('/', 100);
    const scrape = trace.setSpan(ROOT_CONTEXT, tracer.startSpan('scrape'));
    await context.with(scrape, () => exporter.collect());
    expect(seen.get('vango.patch.bytes')).to.deep.equal([first, second, undefined]);
  });

  it('is not kept without a span that is sampled', async () => {
    const provider = new BasicTracerProvider({ sampler: new AlwaysOffSampler() });
    const dropped = trace.setSpan(ROOT_CONTEXT, provider.getTracer('test').startSpan('dropped'));
    for (const active of [dropped, ROOT_CONTEXT])
      context.with(active, () => recorder.collector.recordPatchBytes('/', 100));
    await exporter.collect();
    expect(seen.get('vango.patch.bytes')).to.deep.equal([undefined, undefined]);
  });

  it('is not kept where no exemplars are wanted', async () => {
    process.env.OTEL_METRICS_EXEMPLAR_FILTER = 'always_off';
    try {
      bind();
    } finally {
      delete process.env.OTEL_METRICS_EXEMPLAR_FILTER;
    }
    const observation = observer().observe(eventSpans, unit(), { span: true, count: true });
    observation?.run(() => recorder.collector.recordPatchBytes('/', 100), undefined);
    await exporter.collect();
    expect(seen.get('vango.event.duration.seconds')).to.deep.equal([undefined]);
    expect(seen.get('vango.patch.bytes')).to.deep.equal([undefined]);
  });

  it('of what a handler writes is that of its event, before and after it waits', async () => {
    const write = (): void => recorder.collector.recordPatchBytes('/', 100);
    const handler = async (): Promise<void> => {
      write();
      await Promise.resolve();
      write();
    };
    const first = observer().observe(eventSpans, unit(), { span: true, count: true });
    const second = observer().observe(eventSpans, unit(), { span: true, count: true });
    await Promise.all([first?.run(handler, undefined), second?.run(handler, undefined)]);
    write();
    await exporter.collect();
    const [one, two] = [first?.span, second?.span];
    expect(seen.get('vango.patch.bytes')).to.deep.equal([one, two, one, two, undefined]);
  });

  it('of an observation without a span is that of the one around it', async () => {
    const event = unit();
    const outer = observer().observe(eventSpans, event, { span: true, count: false });
    outer?.run(() => {
      const inner = new Observer().observe(eventSpans, event, { span: false, count: true });
      inner?.run(() => recorder.collector.recordPatchBytes('/', 100), undefined);
    }, undefined);
    await exporter.collect();
    expect(seen.get('vango.patch.bytes')).to.deep.equal([outer?.span]);
    expect(seen.get('vango.event.duration.seconds')).to.deep.equal([outer?.span]);
  });

  it('does not hold more than 64 spans while measurements wait', () => {
    const active = trace.setSpan(ROOT_CONTEXT, tracer.startSpan('one'));
    for (let i = 0; i < 200; i++)
      context.with(active, () => recorder.collector.recordPatchBytes('/', 100));
    expect(seen.get('vango.patch.bytes')).to.have.length.above(200 - 64);
  });

  it('of a counter is never that of a scrape', async () => {
    recorder.collector.recordPatches(1);
    recorder.collector.recordPatches(1);
    const scrape = trace.setSpan(ROOT_CONTEXT, tracer.startSpan('scrape'));
    await context.with(scrape, () => exporter.collect());
    expect(new Set(seen.get('vango.patches.sent'))).to.deep.equal(new Set([undefined]));
  });
});
