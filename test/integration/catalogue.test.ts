import type { Meter } from '@opentelemetry/api';
import { expect } from 'chai';
import { VangoInstrumentation, type VangoInstrumentationConfig } from '../../src';
import { ERROR_TYPES } from '../../src/errors/classify';
import type { FailurePlace } from '../../src/failures';
import { CATALOGUE, type MetricDefinition } from '../../src/metrics/catalogue';
import { processState } from '../../src/processState';
import { TRAFFIC } from '../../vango/test/support/causes';
import { type Row, Stage, titleOf } from '../../vango/test/support/stage';
import { waitFor } from '../../vango/test/support/wait';
import { TestMetrics, TestTraces } from './support';

const DEFINITIONS: readonly MetricDefinition[] = Object.values(CATALOGUE);

const METHODS = new Set(DEFINITIONS.map(({ method }) => method));

/** What a scrape has of the call of a row: the name and the labels of the series that it moves. */
function seriesOf({
  call: [method, ...args],
}: Row): [name: string, labels: Record<string, string>] {
  const definition = DEFINITIONS.find(each => each.method === method);
  if (definition === undefined) throw new Error(`no metric has ${method}`);
  const { prometheusName, kind, labels } = definition;
  return [
    kind === 'histogram' ? `${prometheusName}_count` : prometheusName,
    Object.fromEntries(labels.map(({ name }, index) => [name, String(args[index])])),
  ];
}

describe('what clients do is in the next scrape', () => {
  let metrics: TestMetrics;
  let instrumentation: VangoInstrumentation;

  beforeEach(() => {
    processState().recorder = undefined;
    metrics = new TestMetrics();
    instrumentation = new VangoInstrumentation();
    instrumentation.setMeterProvider(metrics.provider);
  });
  afterEach(() => {
    instrumentation.disable();
    processState().recorder = undefined;
  });

  for (const row of TRAFFIC.filter(({ call: [method] }) => METHODS.has(method))) {
    const [name, labels] = seriesOf(row);
    it(`${titleOf(row)}: ${name} ${JSON.stringify(labels)}`, async () => {
      const value = async (): Promise<number> => (await metrics.scrape()).value(name, labels) ?? 0;
      const before = await value();
      const stage = await Stage.open(row);
      try {
        await row.act(stage);
        const moved = await waitFor('the series to move', async () => (await value()) - before);
        if (row.isRepeated === true) expect(moved).to.be.above(0);
        else expect(moved).to.equal(1);
      } finally {
        row.after?.();
        await stage.close();
      }
    });
  }

  it('has events that run or wait, also those of sessions without a browser', async () => {
    const stage = await Stage.open({});
    const inFlight = async (): Promise<Array<number | undefined>> => {
      const scraped = await metrics.scrape();
      return ['running', 'waiting'].map(state =>
        scraped.value('vango_events_in_flight', { state }),
      );
    };
    const become = (...expected: number[]): Promise<unknown> =>
      waitFor(`${expected}`, async () => `${await inFlight()}` === `${expected}`);
    try {
      expect(await inFlight()).to.deep.equal([0, 0]);
      stage.client.event('Click', stage.page.hid('hang'));
      await become(1, 0);
      stage.client.event('Click', stage.page.hid('add'));
      stage.client.event('Click', stage.page.hid('add'));
      await become(1, 2);
      await stage.lose();
      expect(await inFlight()).to.deep.equal([1, 2]);
      const [session] = stage.app.sessions;
      if (session !== undefined) stage.app.sessions.remove(session);
      expect(await inFlight()).to.deep.equal([0, 0]);
    } finally {
      await stage.close();
    }
  });

  it('has the limits of all apps together', async () => {
    const limits = { maxSessions: 7, maxDetached: 5, maxSessionsPerIp: 3 };
    const stages = [
      await Stage.open({ options: () => ({ limits }) }),
      await Stage.open({ options: () => ({ limits }) }),
    ];
    const read = async (): Promise<Array<number | undefined>> => {
      const scraped = await metrics.scrape();
      return ['max', 'detached', 'per_ip'].map(limit =>
        scraped.value('vango_session_limit', { limit }),
      );
    };
    expect(await read()).to.deep.equal([14, 10, 6]);
    await stages[0]?.close();
    expect(await read()).to.deep.equal([7, 5, 3]);
    await stages[1]?.close();
  });

  const boom = (): never => {
    throw new Error('boom');
  };
  /** A meter of which histograms fail. */
  const withoutHistograms = (meter: Meter): Meter =>
    new Proxy(meter, {
      get: (target, name) =>
        name === 'createHistogram'
          ? () => ({ record: boom })
          : Reflect.get(target, name).bind(target),
    });
  const FAILURES: ReadonlyArray<
    readonly [where: FailurePlace, config: VangoInstrumentationConfig, prepare?: () => void]
  > = [
    ['hook', { spanEndHook: boom }],
    ['filter', { filter: boom }],
    ['extractor', { attributeExtractor: boom }],
    [
      'span',
      {},
      () =>
        instrumentation.setTracerProvider({
          getTracer: () => ({ startSpan: boom, startActiveSpan: boom }),
        }),
    ],
    [
      'metric',
      {},
      () => {
        metrics = new TestMetrics();
        const { provider } = metrics;
        instrumentation.setMeterProvider({
          getMeter: name => withoutHistograms(provider.getMeter(name)),
        });
      },
    ],
    [
      'exporter',
      {},
      () => metrics.provider.getMeter('app').createObservableGauge('broken').addCallback(boom),
    ],
  ];
  for (const [where, config, prepare] of FAILURES) {
    it(`has each failure of telemetry, though it is reported once: ${where}`, async () => {
      instrumentation.setTracerProvider(new TestTraces().provider);
      instrumentation.setConfig(config);
      prepare?.();
      const stage = await Stage.open({});
      const failures = async (): Promise<number> =>
        (await metrics.scrape()).value('vango_telemetry_failures_total', { where }) ?? 0;
      try {
        const before = await failures();
        for (let i = 0; i < 3; i++) await stage.click('add');
        // A failure of the collection itself is in the one after it.
        await failures();
        const after = (await failures()) - before;
        expect(after).to.be.at.least(where === 'exporter' ? 2 : 3);
        for (const other of FAILURES) {
          if (other[0] === where) continue;
          const labels = { where: other[0] };
          const scraped = await metrics.scrape();
          expect(scraped.value('vango_telemetry_failures_total', labels), other[0]).to.equal(0);
        }
      } finally {
        await stage.close();
      }
    });
  }

  it('has the errors of routes, resources and actions at 0 before any of them fails', async () => {
    const stage = await Stage.open({});
    try {
      const scraped = await metrics.scrape();
      for (const [name, label, value] of [
        ['vango_event_errors_total', 'path', '/items/:id'],
        ['vango_resource_error_total', 'resource', 'stock'],
        ['vango_action_error_total', 'action', 'order'],
      ] as const) {
        const found = scraped.series(name).filter(({ labels }) => labels[label] === value);
        const count = name === 'vango_event_errors_total' ? ERROR_TYPES.length : 1;
        expect(
          found.map(sample => sample.value),
          name,
        ).to.deep.equal(Array(count).fill(0));
      }
      stage.client.event('Click', stage.page.hid('fail'));
      await stage.client.until(() => stage.client.errors.length === 1);
      const labels = { path: '/items/:id', error_type: 'internal' };
      expect((await metrics.scrape()).value('vango_event_errors_total', labels)).to.equal(1);
    } finally {
      await stage.close();
    }
  });
});
