import type { Attributes } from '@opentelemetry/api';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { DataPointType, type MetricData, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import fc from 'fast-check';
import type { Format } from '../../../src/prometheus/negotiate';
import { MetricsWriter } from '../../../src/prometheus/writer';
import { requirePart } from '../../../vango/test/support/requires';
import { collected, gaugeOf, histogramOf, sumOf } from '../../support/collected';
import { promtoolComplaints } from '../../support/prometheus';
import { type ParsedSample, parsed } from '../../support/prometheusClient';

const NAMES = ['jobs', 'http.server.size', 'queue-length', 'a_b', 'work', 'cache.hits', 'größe'];
/** Attributes that the serializer of the SDK gives valid names, and others. */
const VALID = ['a', 'http.route', 'team__x', 'zz_', 'Ünï'];
const ALL = [...VALID, 'le', '1st', '2nd', 'http_route', 'team_x', ''];
const UNITS = ['', 's', 'By', '{job}', '1'];

const value = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '"', '\\', '\n', 'a\\nb', '{}', ' # {', '😀', '\0', 'x'.repeat(65_536)),
  fc.integer(),
  fc.boolean(),
  fc.array(fc.string(), { maxLength: 2 }),
);
/** Different attributes: `i` tells series apart, since values may become one text. */
const seriesOf =
  (labels: readonly string[]) =>
  <T>(of: fc.Arbitrary<T>) =>
    fc
      .array(fc.tuple(fc.dictionary(fc.constantFrom(...labels), value, { maxKeys: 3 }), of), {
        minLength: 1,
        maxLength: 4,
      })
      .map(all => all.map(([attributes, each], i) => [{ ...attributes, i }, each] as const));
const described = fc.record({
  description: fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '\\', '"\n')),
  unit: fc.constantFrom(...UNITS),
});
const anyNumber = fc.double();
const total = fc.double({ min: 0, noNaN: true });
const bounds = fc
  .uniqueArray(
    fc.double({ min: 0, max: 1e300, noNaN: true }).map(bound => bound + 0),
    {
      minLength: 1,
      maxLength: 5,
    },
  )
  .map(all => all.sort((a, b) => a - b));

type SeriesOf = ReturnType<typeof seriesOf>;

function metric(name: string, series: SeriesOf): fc.Arbitrary<MetricData> {
  const histogram = (boundaries: number[]) =>
    fc.record({
      counts: fc.array(fc.nat({ max: 1000 }), {
        minLength: boundaries.length + 1,
        maxLength: boundaries.length + 1,
      }),
      sum: total,
    });
  return fc.oneof(
    fc.tuple(series(total), described).map(([all, more]) => sumOf(name, all, more)),
    fc
      .tuple(series(anyNumber), described)
      .map(([all, more]) => sumOf(name, all, { ...more, isMonotonic: false })),
    fc.tuple(series(anyNumber), described).map(([all, more]) => gaugeOf(name, all, more)),
    fc
      .tuple(bounds, described)
      .chain(([boundaries, more]) =>
        series(histogram(boundaries)).map(all => histogramOf(name, boundaries, all, more)),
      ),
  );
}

/** Metrics of two scopes. */
const metricsWith = (labels: readonly string[]): fc.Arbitrary<ResourceMetrics> =>
  fc
    .uniqueArray(fc.constantFrom(...NAMES), { maxLength: 5 })
    .chain(names =>
      fc
        .tuple(...names.map(name => metric(name, seriesOf(labels))))
        .map(all =>
          collected({ one: all.slice(0, 2), two: all.slice(2) }, { 'service.name': 'x' }),
        ),
    );

function write(all: ResourceMetrics, format: Format): string {
  const writer = new MetricsWriter(line => {
    throw new Error(line);
  });
  const first = [...writer.write(all, format)].join('');
  expect([...writer.write(all, format)].join('')).to.equal(first);
  return Buffer.from(first).toString();
}

/** The samples that the metrics stand for, by what the specification of the exporter says. */
function samplesOf({ scopeMetrics }: ResourceMetrics): ParsedSample[] {
  const samples: ParsedSample[] = [['target_info', { service_name: 'x' }, 1]];
  for (const metric of scopeMetrics.flatMap(scope => scope.metrics)) {
    const name = sanitised(metric.descriptor.name);
    const isHistogram = metric.dataPointType === DataPointType.HISTOGRAM;
    const isCounter = metric.dataPointType === DataPointType.SUM && metric.isMonotonic;
    for (const { attributes, value } of metric.dataPoints) {
      const labels = labelsOf(attributes, isHistogram);
      if (typeof value === 'number') {
        samples.push([isCounter ? `${name}_total` : name, labels, value]);
      } else if ('buckets' in value) {
        const { boundaries, counts } = value.buckets;
        samples.push(
          [`${name}_count`, labels, value.count],
          [`${name}_sum`, labels, value.sum ?? 0],
        );
        let below = 0;
        counts.forEach((count, bucket) => {
          below += count;
          const le = boundaries[bucket] ?? Number.POSITIVE_INFINITY;
          samples.push([`${name}_bucket`, { ...labels, le: String(le) }, below]);
        });
      }
    }
  }
  return samples.map(([name, labels, each]) => [name, withoutEmpty(labels), each + 0]);
}

const sanitised = (name: string): string =>
  name
    .replace(/[^\w]/g, '_')
    .replace(/__+/g, '_')
    .replace(/^(?=\d)|^$/, '_');

function labelsOf(attributes: Attributes, isHistogram: boolean): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const key of Object.keys(attributes).sort()) {
    let name = sanitised(key);
    if (isHistogram && name === 'le') name = 'exported_le';
    const value = attributes[key];
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    labels[name] = name in labels ? `${labels[name]};${text}` : `${text}`;
    // As UTF-8 has it.
    labels[name] = Buffer.from(labels[name]).toString();
  }
  return labels;
}

/** To Prometheus, a label without a value is none. */
function withoutEmpty(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''));
}

/** Samples in one order, and with bounds in one spelling. */
function sorted(samples: readonly ParsedSample[]): string[] {
  return samples
    .map(([name, labels, value]) => {
      const named = withoutEmpty(labels);
      const { le } = named;
      if (le !== undefined && name.endsWith('_bucket'))
        named.le = String(le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le));
      return `${name} ${JSON.stringify(Object.entries(named).sort())} ${value + 0}`;
    })
    .sort();
}

describe('the text formats', () => {
  it('are, as text 0.0.4, what the serializer of the SDK writes', () => {
    const stock = new PrometheusSerializer('', false, undefined, false, true);
    fc.assert(
      fc.property(metricsWith(VALID), all => {
        const text = Buffer.from(stock.serialize(all)).toString();
        expect(write(all, 'text')).to.equal(text.endsWith('\n') ? text : `${text}\n`);
      }),
      { numRuns: 300 },
    );
  });

  for (const format of ['text', 'openMetrics'] as const) {
    it(`say in ${format} what was collected, to the client library of Prometheus`, function () {
      requirePart(this, 'prometheus_client');
      const all = fc.sample(metricsWith(ALL), 150);
      const families = parsed(
        format,
        all.map(each => write(each, format)),
      );
      for (const [index, metrics] of all.entries())
        expect(sorted(families[index] ?? [])).to.deep.equal(sorted(samplesOf(metrics)));
    });
  }

  it('are taken by promtool', function () {
    requirePart(this, 'promtool');
    for (const metrics of fc.sample(metricsWith(ALL), 40)) {
      const complaints = promtoolComplaints(write(metrics, 'text'));
      expect(complaints.filter(line => /error|invalid|duplicate/i.test(line))).to.deep.equal([]);
    }
  });
});
