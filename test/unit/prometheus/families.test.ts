import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import { familiesOf } from '../../../src/prometheus/families';
import { collected, gaugeOf, histogramOf, sumOf } from '../../support/collected';

/** The families with the metrics of each, and what was reported. */
function found(metrics: ResourceMetrics): [families: Record<string, string[]>, lines: string[]] {
  const lines: string[] = [];
  const families = familiesOf(metrics, line => lines.push(line)).map(({ name, sources }) => [
    name,
    sources.map(({ metric, scope }) => `${metric.descriptor.name} of ${scope}`),
  ]);
  return [Object.fromEntries(families), lines];
}

describe('familiesOf()', () => {
  it('joins metrics of one serialised name', () =>
    expect(
      found(collected({ one: [sumOf('http.jobs', [])], two: [sumOf('http_jobs_total', [])] })),
    ).to.deep.equal([{ http_jobs_total: ['http.jobs of one', 'http_jobs_total of two'] }, []]));

  it('leaves out a metric whose name another one has with another type', () =>
    expect(
      found(
        collected({ one: [sumOf('size', []), sumOf('size_total', [], { isMonotonic: false })] }),
      ),
    ).to.deep.equal([
      { size_total: ['size of one'] },
      ['size_total of one is left out: size_total is taken by size of one, a counter'],
    ]));

  it('knows the names that samples of histograms take', () =>
    expect(
      found(
        collected({
          one: [gaugeOf('a.sum', []), histogramOf('a', [1], [])],
          two: [histogramOf('b', [1], []), gaugeOf('b_bucket', []), gaugeOf('target.info', [])],
        }),
      ),
    ).to.deep.equal([
      { a_sum: ['a.sum of one'], b: ['b of two'] },
      [
        'a of one is left out: a is taken by a.sum of one, a gauge',
        'b_bucket of two is left out: b_bucket is taken by b of two, a histogram',
        'target.info of two is left out: target_info is taken by the labels of the resource',
      ],
    ]));

  it('names metrics without a valid character', () =>
    expect(found(collected({ one: [gaugeOf('!', []), gaugeOf('1.a', [])] }))[0]).to.deep.equal({
      unnamed: ['! of one'],
      _1_a: ['1.a of one'],
    }));
});
