import { expect } from 'chai';
import { Child, stopChildren } from '../../vango/test/support/child';
import { requirePart } from '../../vango/test/support/requires';
import { freePort, waitFor } from '../../vango/test/support/wait';
import { loadPage, WireClient } from '../../vango/test/support/wireClient';
import { OtlpReceiver } from '../support/otlpReceiver';
import { Prometheus, type SeriesExemplars } from '../support/prometheus';

const BUCKETS = 'vango_event_duration_seconds_bucket';
const BOUNDS = [0, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Seconds by which the clocks of a span and of its measurement may differ. */
const TOLERANCE = 0.005;

describe('exemplars', () => {
  let receiver: OtlpReceiver;

  beforeEach(async () => {
    receiver = await OtlpReceiver.start();
  });
  afterEach(async () => {
    await stopChildren();
    await receiver.stop();
  });

  /** Starts an app that samples half of its traces, and a Prometheus that keeps exemplars. */
  async function start(env: Record<string, string>): Promise<[WireClient, string[], Prometheus]> {
    const port = await freePort();
    const preload = ['--require', '@vango/opentelemetry/register'];
    const app = new Child(process.execPath, [...preload, 'test/fixtures/slow.cjs'], {
      env: {
        ...receiver.traceEnvironment,
        OTEL_TRACES_SAMPLER: 'traceidratio',
        OTEL_TRACES_SAMPLER_ARG: '0.5',
        OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
        ...env,
      },
    });
    const [, origin = ''] = await app.until(/listening on (\S+)/);
    const page = await loadPage(origin, '/items/1');
    const client = await WireClient.connect(page.socketUrl);
    const prometheus = await Prometheus.start(`localhost:${port}`, {
      flags: ['--enable-feature=exemplar-storage'],
    });
    const buttons = ['after-0', 'after-15', 'after-60'].map(id => page.hid(id));
    return [client, buttons, prometheus];
  }

  it('lead from each bucket to a sampled span of that duration', async function () {
    requirePart(this, 'prometheus');
    this.timeout(60_000);
    const [client, buttons, prometheus] = await start({});
    const found = await waitFor('exemplars of three buckets and of counters', async () => {
      for (const button of buttons) await client.click(button);
      const buckets = await prometheus.exemplars(BUCKETS);
      const counters = await prometheus.exemplars('vango_events_total');
      return buckets.length >= 3 && counters.length >= 1 ? [buckets, counters] : undefined;
    });
    const [buckets, counters] = found as [SeriesExemplars[], SeriesExemplars[]];
    for (const { seriesLabels, exemplars } of buckets) {
      const upper = Number(seriesLabels.le);
      const lower = BOUNDS[BOUNDS.indexOf(upper) - 1] ?? Number.NaN;
      for (const { labels, value } of exemplars) {
        expect(Number(value)).to.be.above(lower).and.at.most(upper);
        const span = await spanWith(labels);
        const duration = Number(span.endTimeUnixNano - span.startTimeUnixNano) / 1e9;
        expect(Math.abs(duration - Number(value))).to.be.below(TOLERANCE);
        expect(span.name).to.equal('vango.Click');
      }
    }
    for (const { seriesLabels, exemplars } of counters) {
      expect(seriesLabels).to.include({ type: 'Click', path: '/items/:id', status: 'success' });
      for (const { labels, value } of exemplars) {
        expect((await spanWith(labels)).name).to.equal('vango.Click');
        expect(value).to.equal('1');
      }
    }
    await prometheus.stop();
  });

  it('are left out with the filter always_off', async function () {
    requirePart(this, 'prometheus');
    const [client, buttons, prometheus] = await start({
      OTEL_METRICS_EXEMPLAR_FILTER: 'always_off',
      OTEL_TRACES_SAMPLER: 'always_on',
    });
    for (const button of buttons) await client.click(button);
    await waitFor('the scrape', async () => {
      const count = await prometheus.query('sum(vango_event_duration_seconds_count)');
      return count === buttons.length;
    });
    expect(await prometheus.exemplars('{__name__=~".+"}')).to.deep.equal([]);
    await prometheus.stop();
  });

  function spanWith(labels: Readonly<Record<string, string>>) {
    expect(Object.keys(labels)).to.have.members(['trace_id', 'span_id']);
    return waitFor(`the span ${labels.span_id}`, () =>
      receiver.spans.find(
        ({ traceId, spanId }) => traceId === labels.trace_id && spanId === labels.span_id,
      ),
    );
  }
});
