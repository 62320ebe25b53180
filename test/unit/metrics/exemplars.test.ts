import { type Context, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api';
import {
  AggregationType,
  createDenyListAttributesProcessor,
  MeterProvider,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import { resolveMetricsConfig } from '../../../src/config';
import { exemplarFilter } from '../../../src/metrics/exemplars';
import { Recorder } from '../../../src/metrics/recorder';
import { processState } from '../../../src/processState';
import { VangoPrometheusExporter } from '../../../src/prometheus';
import { requirePart } from '../../../vango/test/support/requires';
import { textOf } from '../../support/prometheus';
import { parsed } from '../../support/prometheusClient';

const VARIABLE = 'OTEL_METRICS_EXEMPLAR_FILTER';
const DURATION = 'vango.event.duration.seconds';

/** A context with a span whose ids end in a number. */
function inSpan(number: number, traceFlags = TraceFlags.SAMPLED): Context {
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: `${number}`.padStart(32, '0'),
    spanId: `${number}`.padStart(16, '0'),
    traceFlags,
  });
}

describe('exemplars', () => {
  let recorder: Recorder;
  let exporter: VangoPrometheusExporter;

  function start(filter?: string, views: ViewOptions[] = [], constLabels = {}): void {
    if (filter !== undefined) process.env[VARIABLE] = filter;
    exporter = new VangoPrometheusExporter({ preventServerStart: true });
    recorder = new Recorder(resolveMetricsConfig({ constLabels }));
    recorder.bind(new MeterProvider({ readers: [exporter], views }).getMeter('vango'));
    processState().recorder = recorder;
  }

  afterEach(() => {
    delete process.env[VARIABLE];
    recorder.release();
    processState().recorder = undefined;
  });

  /** The lines that have an exemplar, without its time. */
  async function marked(): Promise<string[]> {
    const before = Date.now() / 1000;
    const text = await textOf(exporter, { accept: 'application/openmetrics-text' });
    return text
      .split('\n')
      .filter(line => line.includes(' # {'))
      .map(line => {
        const [, rest = '', time] = /^(.*) (\d+\.\d{3})$/.exec(line) ?? [];
        expect(Number(time)).to.be.within(before - 10, Date.now() / 1000);
        return rest;
      });
  }

  const event = (seconds: number, active: Context, path = '/a'): void =>
    recorder.recordEvent('Click', path, seconds, undefined, recorder.contextToKeep(active));
  const ids = (number: number): string =>
    `{trace_id="${String(number).padStart(32, '0')}",span_id="${String(number).padStart(16, '0')}"}`;

  it('are the last of each bucket and counter, in sampled spans only', async () => {
    start();
    event(0.005, inSpan(1));
    event(0.004, inSpan(2));
    event(0.3, inSpan(3));
    event(0.001, inSpan(4, TraceFlags.NONE));
    event(0.001, ROOT_CONTEXT);
    event(99, inSpan(5));
    recorder.recordEvent('Click', '/a', 0.2, 'timeout', inSpan(6));
    expect(await marked()).to.have.members([
      `vango_events_total{type="Click",path="/a",status="success"} 6 # ${ids(5)} 1`,
      `vango_events_total{type="Click",path="/a",status="error"} 1 # ${ids(6)} 1`,
      `vango_event_duration_seconds_bucket{path="/a",le="0.005"} 4 # ${ids(2)} 0.004`,
      `vango_event_duration_seconds_bucket{path="/a",le="0.25"} 5 # ${ids(6)} 0.2`,
      `vango_event_duration_seconds_bucket{path="/a",le="0.5"} 6 # ${ids(3)} 0.3`,
      `vango_event_duration_seconds_bucket{path="/a",le="+Inf"} 7 # ${ids(5)} 99`,
      `vango_event_errors_total{path="/a",error_type="timeout"} 1 # ${ids(6)} 1`,
    ]);
    expect(await textOf(exporter)).to.not.include(' # {');
  });

  it('are those of all series that a view joins, in the buckets that it gives', async () => {
    start(
      undefined,
      [
        {
          instrumentName: DURATION,
          attributesProcessors: [createDenyListAttributesProcessor(['path'])],
          aggregation: {
            type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
            options: { boundaries: [1] },
          },
        },
      ],
      { zone: 'z' },
    );
    event(0.005, inSpan(1), '/a');
    event(2, inSpan(2), '/b');
    expect((await marked()).filter(line => line.includes('duration'))).to.deep.equal([
      `vango_event_duration_seconds_bucket{zone="z",le="1.0"} 1 # ${ids(1)} 0.005`,
      `vango_event_duration_seconds_bucket{zone="z",le="+Inf"} 2 # ${ids(2)} 2`,
    ]);
  });

  it('have no ids outside of sampled spans with the filter always_on', async () => {
    start('always_on');
    event(0.004, inSpan(1, TraceFlags.NONE));
    event(0.3, inSpan(2));
    expect((await marked()).filter(line => line.includes('duration'))).to.deep.equal([
      'vango_event_duration_seconds_bucket{path="/a",le="0.005"} 1 # {} 0.004',
      `vango_event_duration_seconds_bucket{path="/a",le="0.5"} 2 # ${ids(2)} 0.3`,
    ]);
  });

  it('are none with the filter always_off', async () => {
    start('always_off');
    event(0.004, inSpan(1));
    expect(await marked()).to.deep.equal([]);
  });

  it('can be read by the client library of Prometheus', async function () {
    requirePart(this, 'prometheus_client');
    start();
    for (let i = 0; i < 100; i++) {
      event(i / 20, inSpan(i), `/"\\\n# {${i % 3}`);
      recorder.collector.recordPatchBytes('/', i);
    }
    const text = await textOf(exporter, { accept: 'application/openmetrics-text' });
    expect(text).to.include(' # {');
    expect(parsed('openMetrics', [text])[0]?.length).to.equal(
      text.split('\n').filter(line => line !== '' && !line.startsWith('#')).length,
    );
  });

  it('are filtered as the environment says', () => {
    start();
    const filterOf = (value?: string) => exemplarFilter({ [VARIABLE]: value });
    expect(filterOf()).to.equal('trace_based');
    expect(filterOf('')).to.equal('trace_based');
    expect(filterOf(' Always_Off ')).to.equal('always_off');
    expect(filterOf('always_on')).to.equal('always_on');
    expect(filterOf('sometimes')).to.equal('trace_based');
  });
});
