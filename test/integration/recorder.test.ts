import { createNoopMeter, DiagLogLevel, diag } from '@opentelemetry/api';
import { hrTimeToMilliseconds } from '@opentelemetry/core';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import {
  AggregationTemporality,
  createDenyListAttributesProcessor,
  type DataPoint,
  DataPointType,
  type Histogram,
  MeterProvider,
  type MetricData,
  MetricReader,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import {
  type Collector,
  getMetrics,
  recordResumeFailed,
  recordWebSocketError,
  type VangoMetricsConfig,
} from '../../src';
import { resolveMetricsConfig } from '../../src/config';
import { reported } from '../../src/messages';
import { OTHER } from '../../src/metrics/cardinalityLimit';
import { CATALOGUE, definitionsOf, type MetricId } from '../../src/metrics/catalogue';
import { Recorder } from '../../src/metrics/recorder';
import { processState } from '../../src/processState';
import { VangoPrometheusExporter } from '../../src/prometheus';
import { waitFor } from '../../vango/test/support/wait';
import { Scrape, textOf } from '../support/prometheus';
import { TestMetrics } from './support';

class Reader extends MetricReader {
  constructor(temporality: AggregationTemporality) {
    super({ aggregationTemporalitySelector: () => temporality });
  }

  async metrics(): Promise<Map<string, MetricData>> {
    const { resourceMetrics } = await this.collect();
    return new Map(
      resourceMetrics.scopeMetrics.flatMap(({ metrics }) =>
        metrics.map(metric => [metric.descriptor.name, metric]),
      ),
    );
  }

  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** What a sum says in all, or of how many measurements a histogram is. */
function totalOf(metric: MetricData | undefined): number {
  if (metric === undefined) return 0;
  return metric.dataPointType === DataPointType.HISTOGRAM
    ? (metric.dataPoints as Array<DataPoint<Histogram>>).reduce(
        (sum, { value }) => sum + value.count,
        0,
      )
    : (metric.dataPoints as Array<DataPoint<number>>).reduce((sum, { value }) => sum + value, 0);
}

const GAUGES = new Set(definitionsOf('gauge').map(([, { name }]) => `vango.${name}`));

const OVERFLOW = 'otel.metric.overflow';

/** What a measurement of each kind has to be. */
const REMEDIES = {
  counter: 'whole number of at least 0',
  histogram: 'finite number of at least 0',
  gauge: 'whole number',
} as const;

describe('Recorder', () => {
  let warnings: string[];
  const recorders: Recorder[] = [];

  beforeEach(() => {
    reported.clear();
    warnings = [];
    const log = (message: string): void => void warnings.push(message);
    diag.setLogger(
      { error: log, warn: log, info() {}, debug() {}, verbose() {} },
      { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
    );
  });
  afterEach(() => {
    for (const recorder of recorders.splice(0)) recorder.release();
    diag.disable();
    processState().recorder = undefined;
  });

  function recorderOf(provider: MeterProvider, config: VangoMetricsConfig = {}): Recorder {
    const recorder = new Recorder(resolveMetricsConfig(config));
    recorders.push(recorder);
    recorder.bind(provider.getMeter('vango'));
    return recorder;
  }

  const TYPES = ['Click', 'Input', 'Submit', 'Navigate', 'Change'];
  const ROUTES = 1000;

  /** One event each of all routes, types and outcomes. */
  function everyEvent(recorder: Recorder): number {
    for (let route = 0; route < ROUTES; route++) {
      for (const type of TYPES) {
        recorder.recordEvent(type, `/routes/${route}/:id`, 0.01, undefined);
        recorder.recordEvent(type, `/routes/${route}/:id`, 0.01, 'internal');
      }
    }
    return ROUTES * TYPES.length * 2;
  }

  const dropping = (label: string): ViewOptions => ({
    instrumentName: 'vango.event*',
    attributesProcessors: [createDenyListAttributesProcessor([label])],
  });
  const VIEWS: Array<[what: string, views: ViewOptions[]]> = [
    ['no view', []],
    ...['type', 'path', 'status', 'error_type'].map((label): [string, ViewOptions[]] => [
      `a view that drops ${label}`,
      [dropping(label)],
    ]),
    [
      'a view with a limit of ten series',
      [{ instrumentName: 'vango.*', aggregationCardinalityLimit: 10 }],
    ],
  ];
  for (const [what, views] of VIEWS) {
    it(`gives all readers the number of events over several collections: ${what}`, async () => {
      const delta = new Reader(AggregationTemporality.DELTA);
      const cumulative = new Reader(AggregationTemporality.CUMULATIVE);
      const own = new VangoPrometheusExporter({ preventServerStart: true });
      const stock = new PrometheusExporter({ preventServerStart: true });
      const recorder = recorderOf(
        new MeterProvider({ readers: [delta, cumulative, own, stock], views }),
      );
      let events = 0;
      let ofDelta = { events: 0, durations: 0, errors: 0 };
      for (let round = 0; round < 2; round++) {
        events += everyEvent(recorder);
        const seen = await delta.metrics();
        ofDelta = {
          events: ofDelta.events + totalOf(seen.get('vango.events')),
          durations: ofDelta.durations + totalOf(seen.get('vango.event.duration.seconds')),
          errors: ofDelta.errors + totalOf(seen.get('vango.event.errors')),
        };
        const expected = { events, durations: events, errors: events / 2 };
        expect(ofDelta).to.deep.equal(expected);
        const whole = await cumulative.metrics();
        expect({
          events: totalOf(whole.get('vango.events')),
          durations: totalOf(whole.get('vango.event.duration.seconds')),
          errors: totalOf(whole.get('vango.event.errors')),
        }).to.deep.equal(expected);
        for (const exporter of [own, stock]) {
          const scraped = new Scrape(await textOf(exporter));
          const sum = (name: string): number =>
            scraped.series(name).reduce((total, { value }) => total + value, 0);
          expect({
            events: sum('vango_events_total'),
            durations: sum('vango_event_duration_seconds_count'),
            errors: sum('vango_event_errors_total'),
          }).to.deep.equal(expected);
        }
      }
      if (
        views.some(({ aggregationCardinalityLimit }) => aggregationCardinalityLimit !== undefined)
      )
        return;
      for (const { dataPoints } of (await cumulative.metrics()).values())
        expect(dataPoints.filter(({ attributes }) => OVERFLOW in attributes)).to.deep.equal([]);
    });
  }

  it('counts series past the limit of an SDK as _other, and warns once per metric', async () => {
    const metrics = new TestMetrics();
    const recorder = recorderOf(metrics.provider);
    everyEvent(recorder);
    const scraped = await metrics.scrape();
    const series = scraped.series('vango_events_total');
    // Room for known values and _other, of all types and outcomes, is never taken.
    const reserved = 37 * 3;
    const own = series.filter(({ labels }) => labels.path !== OTHER);
    expect(own.length).to.equal(1999 - reserved);
    for (const type of TYPES) {
      for (const status of ['success', 'error']) {
        const of = series.filter(({ labels }) => labels.type === type && labels.status === status);
        expect(of.reduce((sum, { value }) => sum + value, 0)).to.equal(ROUTES);
        expect(scraped.value('vango_events_total', { type, path: OTHER, status })).to.be.above(0);
      }
    }
    expect(scraped.series('vango_event_duration_seconds_count').length).to.equal(ROUTES);
    expect(warnings).to.deep.equal([
      '@vango/opentelemetry: the metric vango_events_total has 1999 series; ' +
        'further ones are recorded with _other as path',
    ]);
  });

  it('keeps 700 routes with three types of events apart', async () => {
    const metrics = new TestMetrics();
    const recorder = recorderOf(metrics.provider);
    for (const type of ['Click', 'Focus', 'Blur'])
      for (let route = 0; route < 700; route++)
        recorder.recordEvent(type, `/${route}`, 0.01, undefined);
    const series = (await metrics.scrape()).series('vango_events_total');
    expect(series.reduce((sum, { value }) => sum + value, 0)).to.equal(2100);
    expect(series.filter(({ labels }) => 'otel_metric_overflow' in labels)).to.deep.equal([]);
  });

  it('keeps as many routes apart as are configured, even past the limit of an SDK', async () => {
    const reader = new VangoPrometheusExporter({ preventServerStart: true });
    const provider = new MeterProvider({
      readers: [reader],
      views: [{ instrumentName: 'vango.*', aggregationCardinalityLimit: 10_000 }],
    });
    const recorder = recorderOf(provider, { maxRoutes: 3000 });
    for (let route = 0; route < 3100; route++) recorder.collector.recordPatchBytes(`/${route}`, 1);
    const series = new Scrape(await textOf(reader)).series('vango_patch_bytes_count');
    expect(series.length).to.equal(3001);
    expect(series.find(({ labels }) => labels.route === OTHER)?.value).to.equal(100);
  });

  it('gives points of a delta reader a time span that holds what they count', async () => {
    const delta = new Reader(AggregationTemporality.DELTA);
    const exporter = new VangoPrometheusExporter({ preventServerStart: true });
    const recorder = recorderOf(new MeterProvider({ readers: [delta, exporter] }));
    const pause = (since: number): Promise<unknown> =>
      waitFor('time to pass', () => Date.now() > since + 2);
    await pause(Date.now());
    const rounds = [['/a'], ['/a', '/b'], ['/b'], ['/a']];
    for (const [round, paths] of rounds.entries()) {
      await pause(Date.now());
      for (const path of paths) {
        recorder.recordEvent('Click', path, 0.01, 'internal');
        recorder.collector.recordPatchBytes(path, 10);
        recorder.collector.recordPatches(1);
      }
      const firstEvent = Date.now();
      await pause(firstEvent);
      if (round % 2 === 0) await textOf(exporter);
      for (const path of paths) recorder.recordEvent('Click', path, 0.01, undefined);
      await pause(firstEvent);
      const lastEvent = Date.now();
      await pause(lastEvent);
      const seen = await delta.metrics();
      for (const name of ['vango.events', 'vango.event.duration.seconds', 'vango.event.errors']) {
        const { dataPoints } = seen.get(name) as MetricData;
        expect(dataPoints.length, `${name} ${round}`).to.be.at.least(paths.length);
      }
      for (const [name, { dataPoints }] of seen) {
        // An SDK gives the first point of an observable no time.
        if (GAUGES.has(name)) continue;
        for (const { startTime, endTime, attributes } of dataPoints) {
          const [start, end] = [hrTimeToMilliseconds(startTime), hrTimeToMilliseconds(endTime)];
          const label = `${name} ${JSON.stringify(attributes)} in round ${round}`;
          expect(end - start, label).to.be.above(0);
          expect(end, label).to.be.above(lastEvent);
          if (attributes.status !== 'success') expect(start, label).to.be.at.most(firstEvent);
        }
      }
    }
  });

  it('counts in the next collection what happens while a reader collects', async () => {
    const delta = new Reader(AggregationTemporality.DELTA);
    const recorder = recorderOf(new MeterProvider({ readers: [delta] }));
    await delta.metrics();
    const collected = delta.metrics();
    recorder.recordEvent('Click', '/', 0.01, undefined);
    const first = await collected;
    await new Promise(setImmediate);
    const second = await delta.metrics();
    expect([totalOf(first.get('vango.events')), totalOf(second.get('vango.events'))]).to.deep.equal(
      [0, 1],
    );
    expect(totalOf(second.get('vango.event.duration.seconds'))).to.equal(1);
  });

  it('has series with closed labels at 0 before anything is recorded', async () => {
    const metrics = new TestMetrics();
    recorderOf(metrics.provider);
    const scraped = await metrics.scrape();
    for (const [name, count] of [
      ['vango_session_resume_failed_total', 11],
      ['vango_websocket_errors_total', 7],
      ['vango_signal_write_violation_total', 10],
      ['vango_session_evictions_total', 1],
    ] as const)
      expect(scraped.series(name).map(({ value }) => value)).to.deep.equal(Array(count).fill(0));
  });

  it('keeps what waits for a meter provider while it is disabled and enabled', async () => {
    const recorder = new Recorder(resolveMetricsConfig());
    recorders.push(recorder);
    recorder.bind(createNoopMeter());
    recorder.recordEvent('Click', '/', 0.01, undefined);
    recorder.release();
    recorder.configure(resolveMetricsConfig());
    recorder.bind(createNoopMeter());
    recorder.recordEvent('Click', '/', 0.01, undefined);
    const metrics = new TestMetrics();
    recorder.bind(metrics.provider.getMeter('vango'));
    const scraped = await metrics.scrape();
    const labels = { type: 'Click', path: '/', status: 'success' };
    expect(scraped.value('vango_events_total', labels)).to.equal(2);
    expect(scraped.value('vango_event_duration_seconds_count', { path: '/' })).to.equal(2);
  });

  it('drops as much of counters as of histograms when no meter provider comes', async () => {
    const recorder = new Recorder(resolveMetricsConfig());
    recorders.push(recorder);
    recorder.bind(createNoopMeter());
    const counted = async (events: number): Promise<number> => {
      for (let i = 0; i < events; i++) recorder.recordEvent('Click', '/', 0.01, undefined);
      const metrics = new TestMetrics();
      recorder.bind(metrics.provider.getMeter('vango'));
      const scraped = await metrics.scrape();
      const labels = { type: 'Click', path: '/', status: 'success' };
      const count = scraped.value('vango_events_total', labels);
      expect(scraped.value('vango_event_duration_seconds_count', { path: '/' })).to.equal(count);
      return count ?? 0;
    };
    expect(await counted(3000)).to.be.within(1, 1024);
    recorder.bind(createNoopMeter());
    expect(await counted(5)).to.equal(5);
  });

  describe('what is recorded by hand', () => {
    let metrics: TestMetrics;
    let collector: Collector;

    beforeEach(() => {
      metrics = new TestMetrics();
      processState().recorder = recorderOf(metrics.provider);
      collector = getMetrics() as Collector;
    });

    it('becomes a series under its name, even one that the runtime does not report', async () => {
      recordResumeFailed('token_expired');
      recordResumeFailed('not_found');
      recordWebSocketError('close');
      collector.recordSchemaMismatch('renamed');
      collector.recordSignalWriteViolation('Delete', 'effect');
      collector.recordPersistWriteRejected('quota', 'cart');
      const scraped = await metrics.scrape();
      const value = (name: string, labels: Record<string, string>): number | undefined =>
        scraped.value(`vango_${name}_total`, labels);
      expect(value('session_resume_failed', { reason: 'token_expired' })).to.equal(1);
      expect(value('session_resume_failed', { reason: 'not_found' })).to.equal(1);
      expect(value('session_resume_failed', { reason: 'expired' })).to.equal(0);
      expect(value('websocket_errors', { type: 'close' })).to.equal(1);
      expect(value('schema_mismatch', { reason: 'renamed' })).to.equal(1);
      expect(value('signal_write_violation', { operation: 'Delete', reason: 'effect' })).to.equal(
        1,
      );
      expect(value('persist_write_rejected', { reason: 'quota', stable_id: 'cart' })).to.equal(1);
      expect(
        scraped.samples.filter(({ labels }) => Object.values(labels).includes(OTHER)),
      ).to.deep.equal([]);
      expect(warnings).to.deep.equal([]);
    });

    it('becomes _other past a hundred names, and warns once', async () => {
      for (let i = 0; i < 150; i++) recordWebSocketError(`close ${i}`);
      recordWebSocketError('read');
      const scraped = await metrics.scrape();
      expect(scraped.value('vango_websocket_errors_total', { type: 'close 99' })).to.equal(1);
      expect(scraped.value('vango_websocket_errors_total', { type: OTHER })).to.equal(50);
      expect(scraped.value('vango_websocket_errors_total', { type: 'read' })).to.equal(1);
      expect(warnings.length).to.equal(1);
    });

    for (const label of [undefined, null, '', 7, {}, Symbol('s'), { toString: null }])
      it(`counts ${typeof label} ${JSON.stringify(label)} as the label _other`, async () => {
        recordResumeFailed(label as never);
        collector.recordSignalWriteViolation(label as never, label as never);
        collector.recordActionError(label as never);
        const scraped = await metrics.scrape();
        expect(scraped.value('vango_session_resume_failed_total', { reason: OTHER })).to.equal(1);
        expect(
          scraped.value('vango_signal_write_violation_total', { operation: OTHER, reason: OTHER }),
        ).to.equal(1);
        expect(scraped.value('vango_action_error_total', { action: OTHER })).to.equal(1);
      });

    const AMOUNTS: Array<
      [MetricId, record: (value: never) => void, labels: Record<string, string>]
    > = [
      ['patchesSent', value => collector.recordPatches(value), {}],
      ['persistBytes', value => collector.recordPersistBytes('cart', value), { stable_id: 'cart' }],
      ['patchBytes', value => collector.recordPatchBytes('/', value), { route: '/' }],
      ['sessionMemory', value => collector.recordSessionMemory(value), {}],
      [
        'resourceDuration',
        value => collector.recordResourceDuration('r', value),
        { resource: 'r' },
      ],
      ['actionDuration', value => collector.recordActionDuration('a', value), { action: 'a' }],
      ['sessionPersistBytes', value => collector.recordSessionPersistBytes(value), {}],
      ['sessionsActive', value => collector.recordSessionActive(value), {}],
      ['sessionsDetached', value => collector.recordSessionDetached(value), {}],
    ];
    for (const [id, record, labels] of AMOUNTS) {
      it(`refuses values of ${id} that are not numbers, with one line`, async () => {
        const { kind, prometheusName } = CATALOGUE[id];
        record(2 as never);
        const wrong: unknown[] = [Infinity, -Infinity, NaN, '3', null, undefined, {}, 10n, [4]];
        if (kind !== 'gauge') wrong.push(-1);
        if (kind !== 'histogram') wrong.push(1.5, 1e308);
        for (const value of wrong) record(value as never);
        record(3 as never);
        const scraped = await metrics.scrape();
        const value = (suffix: string): number | undefined =>
          scraped.value(prometheusName + suffix, labels);
        if (kind === 'histogram') expect([value('_sum'), value('_count')]).to.deep.equal([5, 2]);
        else expect(value('')).to.equal(5);
        expect(warnings).to.deep.equal([
          `@vango/opentelemetry: Infinity was given for ${prometheusName} and is not recorded; ` +
            `give a ${REMEDIES[kind]}`,
        ]);
      });
    }
  });
});
