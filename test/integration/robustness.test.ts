import {
  type Context,
  context,
  DiagLogLevel,
  diag,
  type Meter,
  type MeterProvider,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  SimpleSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import { expect } from 'chai';
import { CATALOGUE, VangoInstrumentation, type VangoInstrumentationConfig } from '../../src';
import { resolveMetricsConfig } from '../../src/config';
import { reported } from '../../src/messages';
import { OTHER } from '../../src/metrics/cardinalityLimit';
import { Recorder } from '../../src/metrics/recorder';
import { processState } from '../../src/processState';
import { App, Session } from '../../vango/src';
import { random } from '../../vango/test/support/random';
import { heapAfterCollection } from '../support/garbage';
import { counterApp, TestMetrics, TestTraces } from './support';

/** Each histogram that fails is reported once. */
const HISTOGRAMS = Object.values(CATALOGUE).filter(({ kind }) => kind === 'histogram').length;
const CLICK = { type: 'Click', path: '/items/:id', status: 'success' };
const boom = (): never => {
  throw new Error('telemetry failed');
};

describe('VangoInstrumentation under stress', () => {
  let instrumentation: VangoInstrumentation;
  let errors: string[];

  beforeEach(() => {
    processState().recorder = undefined;
    reported.clear();
    errors = [];
    const log = (message: string): void => void errors.push(message);
    diag.setLogger(
      { error: log, warn: log, info() {}, debug() {}, verbose() {} },
      { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
    );
  });
  afterEach(() => {
    instrumentation?.disable();
    diag.disable();
    processState().recorder = undefined;
  });

  it('loses and doubles nothing while it is switched on and off under load', async function () {
    this.timeout(30_000);
    const next = random(7);
    const originals = [Session.prototype.dispatchEvent, App.prototype.renderPage];
    instrumentation = new VangoInstrumentation();
    const providers = [new TestTraces(), new TestTraces()];
    const meters = [new TestMetrics(), new TestMetrics()];
    instrumentation.setMeterProvider((meters[0] as TestMetrics).provider);
    instrumentation.setTracerProvider((providers[0] as TestTraces).provider);
    const { app, open } = await counterApp();
    let expected = 0;
    app.use((ctx, proceed) => {
      // In the same stack as the wrapper's own look.
      if (ctx.kind === 'event' && instrumentation.isEnabled()) expected++;
      return proceed();
    });
    try {
      const tabs = await Promise.all(Array.from({ length: 8 }, () => open()));
      for (let step = 0; step < 400; step++) {
        const change = Math.floor(next() * 6);
        if (change === 0) instrumentation.enable();
        else if (change === 1) instrumentation.disable();
        else if (change === 2) instrumentation.setConfig({ statusOk: next() < 0.5 });
        else if (change === 3)
          instrumentation.setMeterProvider(
            (meters[Math.floor(next() * 2)] as TestMetrics).provider,
          );
        else if (change === 4)
          instrumentation.setTracerProvider(
            (providers[Math.floor(next() * 2)] as TestTraces).provider,
          );
        await Promise.all(tabs.map(({ page, client }) => client.click(page.hid('count'))));
      }
      instrumentation.enable();
      const scrapes = await Promise.all(meters.map(meter => meter.scrape()));
      const total = (name: string, labels: Record<string, string>): number =>
        scrapes.reduce((sum, scraped) => sum + (scraped.value(name, labels) ?? 0), 0);
      expect(total('vango_events_total', CLICK)).to.equal(expected);
      expect(total('vango_event_duration_seconds_count', { path: CLICK.path })).to.equal(expected);
      const spans = providers.flatMap(provider =>
        provider.spans.filter(({ name }) => name === 'vango.Click'),
      );
      expect(spans.length).to.equal(expected);
      expect(expected).to.be.within(400, 3200);
      expect(tabs.every(({ client }) => client.patches.length === 400)).to.equal(true);
      instrumentation.disable();
      expect([Session.prototype.dispatchEvent, App.prototype.renderPage]).to.deep.equal(originals);
    } finally {
      await app.close();
    }
  });

  const failingTracer = (method: string): TracerProvider => {
    const { provider } = new TestTraces();
    return {
      getTracer: name => ({
        ...provider.getTracer(name),
        startSpan: (...args: Parameters<ReturnType<TracerProvider['getTracer']>['startSpan']>) => {
          if (method === 'startSpan') boom();
          const span = provider.getTracer(name).startSpan(...args);
          (span as unknown as Record<string, unknown>)[method] = boom;
          return span;
        },
        startActiveSpan: boom,
      }),
    };
  };
  const failingMeter = (create: boolean): MeterProvider => {
    const { provider } = new TestMetrics();
    const meter = provider.getMeter('m');
    const broken = new Proxy(meter, {
      get(target, name) {
        if (name !== 'createHistogram') return Reflect.get(target, name).bind(target);
        return create ? boom : () => ({ record: boom });
      },
    });
    return { getMeter: () => broken as Meter };
  };
  const exporting = (exporter: Partial<SpanExporter>): TracerProvider =>
    new BasicTracerProvider({
      spanProcessors: [
        new SimpleSpanProcessor({
          export() {},
          shutdown: async () => {},
          ...exporter,
        } as SpanExporter),
      ],
    });

  const FAULTS: Array<
    [
      name: string,
      config: VangoInstrumentationConfig,
      traces?: () => TracerProvider,
      meters?: () => MeterProvider,
      diagnostics?: number,
    ]
  > = [
    ['a filter that throws', { filter: boom }],
    ['an attributeExtractor that throws', { attributeExtractor: boom }],
    ['a spanEndHook that throws', { spanEndHook: boom }],
    [
      'a spanEndHook that never settles',
      { spanEndHook: (() => new Promise(() => {})) as never },
      undefined,
      undefined,
      0,
    ],
    ['a tracer that throws', {}, () => failingTracer('startSpan')],
    ['a span whose attributes throw', {}, () => failingTracer('setAttribute')],
    ['a span whose end throws', {}, () => failingTracer('end')],
    [
      'a sampler that throws',
      {},
      () => new BasicTracerProvider({ sampler: { shouldSample: boom, toString: () => 's' } }),
    ],
    ['a span exporter that throws', {}, () => exporting({ export: boom })],
    [
      'a span exporter that hangs',
      {},
      () =>
        new BasicTracerProvider({
          spanProcessors: [
            new BatchSpanProcessor(
              { export() {}, shutdown: async () => {} },
              { maxExportBatchSize: 1, scheduledDelayMillis: 1, exportTimeoutMillis: 100 },
            ),
          ],
        }),
      undefined,
      0,
    ],
    ['a meter that throws', {}, undefined, () => failingMeter(true)],
    // As many histograms as a connect and a click move.
    ['a histogram that throws', {}, undefined, () => failingMeter(false), 6],
  ];
  for (const [name, config, tracers, meters, diagnostics = 1] of FAULTS) {
    it(`keeps ${name} from the application, and reports it once`, async () => {
      instrumentation = new VangoInstrumentation(config);
      instrumentation.setTracerProvider(tracers?.() ?? new TestTraces().provider);
      instrumentation.setMeterProvider(meters?.() ?? new TestMetrics().provider);
      const { app, open } = await counterApp();
      try {
        const timing: string[] = [];
        const { dispatchEvent } = Session.prototype;
        const observed = function (
          this: Session,
          ctx: Parameters<typeof dispatchEvent>[0],
        ): ReturnType<typeof dispatchEvent> {
          const result = dispatchEvent.call(this, ctx);
          timing.push(result === undefined ? 'sync' : 'async');
          return result;
        };
        Session.prototype.dispatchEvent = observed;
        const { page, client } = await open();
        for (let i = 0; i < 3; i++) await client.click(page.hid('count'));
        Session.prototype.dispatchEvent = dispatchEvent;
        expect(client.patches.map(patch => (patch as { value?: string }).value)).to.deep.equal([
          '1',
          '2',
          '3',
        ]);
        expect(client.errors).to.deep.equal([]);
        expect(timing).to.deep.equal(['sync', 'sync', 'sync']);
        const ours = errors.filter(message => message.includes('the application is not affected'));
        const expected = name === 'a span exporter that throws' ? [] : ours;
        expect(expected.length, errors.join('\n')).to.be.at.most(Math.max(diagnostics, HISTOGRAMS));
        if (diagnostics === 0) expect(ours).to.deep.equal([]);
        else expect(errors.length).to.be.above(0);
        expect(new Set(ours).size).to.equal(ours.length);
      } finally {
        await app.close();
      }
    });
  }

  it('keeps series of 200,000 paths, names and ids below its caps', async function () {
    this.timeout(60_000);
    const metrics = new TestMetrics();
    const recorder = new Recorder(
      resolveMetricsConfig({ maxRoutes: 50, maxResources: 20, maxActions: 20, maxStableIds: 30 }),
    );
    recorder.bind(metrics.provider.getMeter('m'));
    const flood = (from: number, to: number): void => {
      for (let i = from; i < to; i++) {
        recorder.recordEvent(
          i % 2 ? 'Click' : `Type${i}`,
          `/path/${i}`,
          0.001,
          i % 3 ? undefined : 'internal',
        );
        recorder.collector.recordPatchBytes(`/path/${i}`, 100);
        recorder.collector.recordResourceDuration(`resource${i}`, 1);
        recorder.collector.recordActionError(`action${i}`);
        recorder.collector.recordPersistBytes(`id${i}`, 1);
        recorder.collector.recordPersistWriteRejected(`reason${i}`, `id${i}`);
        recorder.collector.recordWebSocketError(`type${i}`);
      }
    };
    flood(0, 20_000);
    const before = heapAfterCollection();
    flood(20_000, 200_000);
    expect(heapAfterCollection() - before).to.be.below(2 * 1024 * 1024);
    const scraped = await metrics.scrape();
    const count = (name: string): number => scraped.series(name).length;
    // 50 paths and _other, as often as types were given by hand: together these have so much room.
    expect(count('vango_events_total')).to.be.at.most(1999);
    const sum = (name: string): number =>
      scraped.series(name).reduce((total, { value }) => total + value, 0);
    expect(sum('vango_events_total')).to.equal(200_000);
    expect(count('vango_persist_write_rejected_total')).to.be.at.most(1999);
    expect(sum('vango_persist_write_rejected_total')).to.equal(200_000);
    expect(count('vango_event_duration_seconds_count')).to.equal(51);
    expect(count('vango_patch_bytes_count')).to.equal(51);
    expect(count('vango_resource_duration_ms_count')).to.equal(21);
    expect(count('vango_action_error_total')).to.equal(21);
    expect(count('vango_persist_bytes_total')).to.equal(31);
    expect(scraped.value('vango_resource_duration_ms_count', { resource: OTHER })).to.equal(
      200_000 - 20,
    );
    expect(scraped.value('vango_persist_bytes_total', { stable_id: OTHER })).to.equal(200_000 - 30);
    // Of values of closed labels that an app records by hand, 100 become series.
    expect(scraped.value('vango_websocket_errors_total', { type: 'type0' })).to.equal(1);
    expect(sum('vango_websocket_errors_total')).to.equal(200_000);
    expect(errors.filter(message => message.includes('has more than')).length).to.equal(5);
    expect(
      errors.filter(message => message.includes('whose values are known have more than')).length,
    ).to.equal(1);
    recorder.release();
  });

  it('takes no labels from a hostile client, only routes and types of the protocol', async () => {
    instrumentation = new VangoInstrumentation();
    const metrics = new TestMetrics();
    instrumentation.setMeterProvider(metrics.provider);
    const { app, open } = await counterApp();
    try {
      const { client } = await open();
      for (let i = 0; i < 2000; i++) {
        client.event('Navigate', `nav${i}`, { path: `/nowhere/${i}`, replace: false });
        client.event('Hook', `h${i}`, { name: `hook${i}`, data: {} });
      }
      await client.until(() => client.errors.length === 4000);
      const scraped = await metrics.scrape();
      const paths = new Set(scraped.series('vango_events_total').map(({ labels }) => labels.path));
      expect([...paths].sort()).to.deep.equal(['/items/:id', 'unmatched']);
    } finally {
      await app.close();
    }
  });

  // Mistakes that are easy to make with InstrumentationBase. Those of loading are in test/loading.

  it('leaves vango usable when a patch throws', () => {
    instrumentation = new VangoInstrumentation();
    const frozen = { App: Object.freeze(class {}), Session: class {} };
    expect(() => instrumentation.instrument(frozen as never)).not.to.throw();
    const prototype = Object.freeze({
      mount() {},
      dispatchEvent() {},
      dispatchWork() {},
      enqueueWork() {},
    });
    expect(() =>
      instrumentation.instrument({
        App: { prototype, running: () => [] },
        Session: { prototype },
      } as never),
    ).not.to.throw();
    expect(errors.some(message => message.includes('patching vango failed'))).to.equal(true);
  });

  it('keeps the state that the base class fills in its constructor', () => {
    const original = Session.prototype.dispatchEvent;
    instrumentation = new VangoInstrumentation({ enabled: true });
    expect(Session.prototype.dispatchEvent).not.to.equal(original);
    instrumentation.disable();
    expect(Session.prototype.dispatchEvent).to.equal(original);
  });

  it('keeps what was recorded before the first meter provider', async () => {
    instrumentation = new VangoInstrumentation();
    const { app, open } = await counterApp();
    try {
      const { page, client } = await open();
      await client.click(page.hid('count'));
      const metrics = new TestMetrics();
      instrumentation.setMeterProvider(metrics.provider);
      const scraped = await metrics.scrape();
      expect(scraped.value('vango_events_total', CLICK)).to.equal(1);
      expect(scraped.value('vango_event_duration_seconds_count', { path: CLICK.path })).to.equal(1);
    } finally {
      await app.close();
    }
  });

  it('patches nothing with enabled: false, until it is enabled', () => {
    const original = Session.prototype.dispatchEvent;
    instrumentation = new VangoInstrumentation({ enabled: false });
    expect(Session.prototype.dispatchEvent).to.equal(original);
    expect(instrumentation.isEnabled()).to.equal(false);
    const unregister = registerInstrumentations({ instrumentations: [instrumentation] });
    expect(Session.prototype.dispatchEvent).not.to.equal(original);
    expect(instrumentation.isEnabled()).to.equal(true);
    unregister();
    expect(Session.prototype.dispatchEvent).to.equal(original);
  });

  it('returns results unchanged and without delay', async () => {
    const original = Session.prototype.dispatchEvent;
    const promise = Promise.resolve();
    const given: unknown[] = [undefined, promise];
    const received: unknown[] = [];
    Session.prototype.dispatchEvent = function (this: Session, ...args: unknown[]) {
      received.push([this, args.length]);
      return given.shift() as undefined;
    };
    instrumentation = new VangoInstrumentation();
    const traces = new TestTraces();
    instrumentation.setTracerProvider(traces.provider);
    const { app, open } = await counterApp();
    try {
      await open();
      const [session] = [...app.sessions] as [Session];
      const event = { type: 'Click', hid: 'h1', seq: 1, data: undefined };
      const ctx = (): never =>
        ({ app, kind: 'event', path: '/', route: '/', session, event, patchCount: 0 }) as never;
      expect(session.dispatchEvent(ctx())).to.equal(undefined);
      expect(session.dispatchEvent(ctx())).to.equal(promise);
      await promise;
      expect(received).to.deep.equal([
        [session, 1],
        [session, 1],
      ]);
      expect(traces.spans.filter(({ name }) => name === 'vango.Click').length).to.equal(2);
    } finally {
      await app.close();
      instrumentation.disable();
      Session.prototype.dispatchEvent = original;
    }
  });

  it('limits the cardinality of labels itself', async () => {
    const metrics = new TestMetrics();
    const recorder = new Recorder(resolveMetricsConfig({ maxRoutes: 2 }));
    recorder.bind(metrics.provider.getMeter('m'));
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 10; i++) recorder.collector.recordPatchBytes(`/${round}/${i}`, 1);
      await metrics.scrape();
    }
    const routes = (await metrics.scrape())
      .series('vango_patch_bytes_count')
      .map(({ labels }) => labels.route);
    expect(routes).to.deep.equal(['/0/0', '/0/1', OTHER]);
    recorder.release();
  });

  it('sets no global state of the API', () => {
    const before = [trace.getTracerProvider(), context.active() as Context];
    instrumentation = new VangoInstrumentation();
    instrumentation.setTracerProvider(new BasicTracerProvider());
    expect([trace.getTracerProvider(), context.active()]).to.deep.equal(before);
    expect(trace.getTracer('x').startSpan('y').isRecording()).to.equal(false);
  });

  it('exports exactly the names of the catalogue', async () => {
    instrumentation = new VangoInstrumentation();
    const metrics = new TestMetrics();
    instrumentation.setMeterProvider(metrics.provider);
    const { recorder } = processState();
    for (const [name, record] of Object.entries(recorder?.collector ?? {})) {
      const method = record as (...values: unknown[]) => void;
      const isManual = name === 'recordSessionActive' || name === 'recordSessionDetached';
      // Whatever number of labels it has.
      for (const values of isManual ? [[1]] : [[1], ['x', 1], ['x', 'x', 1]]) method(...values);
    }
    recorder?.recordEvent('Click', '/', 1, 'internal');
    const names = [...(await metrics.scrape()).types.keys()].filter(name =>
      name.startsWith('vango_'),
    );
    expect(names.sort()).to.deep.equal(
      Object.values(CATALOGUE)
        .map(({ prometheusName }) => prometheusName)
        .sort(),
    );
  });
});
