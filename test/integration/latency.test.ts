import type { Attributes, Context } from '@opentelemetry/api';
import { trace } from '@opentelemetry/api';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { AlwaysOffSampler, BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { expect } from 'chai';
import { CATALOGUE, VangoInstrumentation } from '../../src';
import { VangoPrometheusExporter } from '../../src/prometheus';
import { waitFor } from '../../vango/test/support/wait';
import { counterApp, TestTraces } from './support';

const MEASURED = ['eventQueue', 'eventPerceived', 'renderDuration', 'eventDuration'] as const;

describe('the latency of events, as telemetry has it', () => {
  let instrumentation: VangoInstrumentation;
  let exporter: VangoPrometheusExporter;
  let traces: TestTraces;
  let counter: Awaited<ReturnType<typeof counterApp>>;
  /** Ids of the spans in whose contexts a view saw measurements, by instrument. */
  let seen: Map<string, Array<string | undefined>>;

  beforeEach(async () => {
    seen = new Map();
    traces = new TestTraces();
    exporter = new VangoPrometheusExporter({ preventServerStart: true });
    const views = MEASURED.map(id => watching(`vango.${CATALOGUE[id].name}`));
    instrumentation = new VangoInstrumentation();
    instrumentation.setMeterProvider(new MeterProvider({ readers: [exporter], views }));
    instrumentation.setTracerProvider(traces.provider);
    counter = await counterApp();
  });
  afterEach(async () => {
    await counter.app.close();
    instrumentation.disable();
  });

  function watching(instrumentName: string) {
    const process = (attributes: Attributes, active?: Context): Attributes => {
      const spans = seen.get(instrumentName) ?? [];
      seen.set(instrumentName, [...spans, active && trace.getSpan(active)?.spanContext().spanId]);
      return attributes;
    };
    return { instrumentName, attributesProcessors: [{ process }] };
  }

  it('has the context of its event in each measurement, also in that of its ack', async () => {
    const { page, client } = await counter.open();
    for (let i = 0; i < 3; i++) await client.click(page.hid('count'));
    await client.settled();
    await exporter.collect();
    const clicks = traces.spans.filter(({ name }) => name === 'vango.Click');
    const ids = clicks.map(span => span.spanContext().spanId);
    expect(ids).to.have.length(3);
    for (const id of MEASURED)
      expect(seen.get(`vango.${CATALOGUE[id].name}`), id).to.deep.equal(ids);
  });

  it('is measured of events without a sampled span, and without any', async () => {
    instrumentation.setTracerProvider(new BasicTracerProvider({ sampler: new AlwaysOffSampler() }));
    const { page, client } = await counter.open();
    await client.click(page.hid('count'));
    await client.settled();
    instrumentation.setConfig({ ignoreEvents: ['Click'] });
    await client.click(page.hid('count'));
    await client.settled();
    await exporter.collect();
    for (const id of MEASURED)
      expect(seen.get(`vango.${CATALOGUE[id].name}`), id).to.have.length(2);
    expect(seen.get('vango.event.perceived.seconds')?.[1]).to.equal(undefined);
  });

  it('is part of the span of an event: queue, render and bytes', async () => {
    const { page, client } = await counter.open();
    await client.click(page.hid('count'));
    client.event('Input', page.hid('input'), 'a');
    client.event('Click', page.hid('fail'));
    await client.until(() => client.errors.length === 1);
    await waitFor('the spans', () => traces.spans.length === 6);
    const told = traces.spans.slice(3).map(({ attributes, duration }) => {
      const {
        'vango.queue_time': queue,
        'vango.render_time': render,
        'vango.patch_bytes': bytes,
      } = attributes;
      expect(queue).to.be.within(0, 1);
      expect(render).to.be.within(0, duration[0] + duration[1] / 1e9 + 0.001);
      return [Number(bytes) > 0, Number(render) > 0];
    });
    expect(told).to.deep.equal([
      [true, true],
      [true, true],
      [false, false],
    ]);
  });

  it('is no longer observed once the instrumentation is disabled', async () => {
    const { page, client } = await counter.open();
    client.acknowledges = false;
    await client.click(page.hid('count'));
    instrumentation.disable();
    client.acknowledge();
    await client.settled();
    await exporter.collect();
    expect(seen.get('vango.event.perceived.seconds')).to.equal(undefined);
  });
});
