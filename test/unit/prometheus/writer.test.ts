import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import type { Format } from '../../../src/prometheus/negotiate';
import { MetricsWriter } from '../../../src/prometheus/writer';
import { collected, gaugeOf, histogramOf, sumOf } from '../../support/collected';

/** The lines that are written of metrics, without those of `target_info`. */
function linesOf(metrics: ResourceMetrics, format: Format, reports: string[] = []): string[] {
  const writer = new MetricsWriter(line => reports.push(line));
  const text = [...writer.write(metrics, format)].join('');
  expect(text.endsWith('\n')).to.equal(true);
  return text
    .slice(0, -1)
    .split('\n')
    .filter(line => !/\btarget(_info)?\b/.test(line));
}

describe('MetricsWriter', () => {
  const one = collected({
    scope: [
      sumOf('jobs', [[{ of: 'a' }, 3]], { description: 'a "b"\n\\', unit: '{job}' }),
      gaugeOf('size.bytes', [[{}, Number.NEGATIVE_INFINITY]], { unit: 'By' }),
      histogramOf('wait.seconds', [0.5, 1, 1e6], [[{}, { counts: [1, 0, 2, 1], sum: 9.5 }]], {
        unit: 's',
      }),
    ],
  });

  it('writes text 0.0.4', () =>
    expect(linesOf(one, 'text')).to.deep.equal([
      '# HELP jobs_total a "b"\\n\\\\',
      '# UNIT jobs_total {job}',
      '# TYPE jobs_total counter',
      'jobs_total{of="a"} 3',
      '# HELP size_bytes description missing',
      '# UNIT size_bytes By',
      '# TYPE size_bytes gauge',
      'size_bytes -Inf',
      '# HELP wait_seconds description missing',
      '# UNIT wait_seconds s',
      '# TYPE wait_seconds histogram',
      'wait_seconds_count 4',
      'wait_seconds_sum 9.5',
      'wait_seconds_bucket{le="0.5"} 1',
      'wait_seconds_bucket{le="1"} 1',
      'wait_seconds_bucket{le="1000000"} 3',
      'wait_seconds_bucket{le="+Inf"} 4',
    ]));

  it('writes OpenMetrics 1.0', () =>
    expect(linesOf(one, 'openMetrics')).to.deep.equal([
      '# HELP jobs a \\"b\\"\\n\\\\',
      '# TYPE jobs counter',
      'jobs_total{of="a"} 3',
      '# HELP size_bytes description missing',
      '# TYPE size_bytes gauge',
      '# UNIT size_bytes bytes',
      'size_bytes -Inf',
      '# HELP wait_seconds description missing',
      '# TYPE wait_seconds histogram',
      '# UNIT wait_seconds seconds',
      'wait_seconds_count 4',
      'wait_seconds_sum 9.5',
      'wait_seconds_bucket{le="0.5"} 1',
      'wait_seconds_bucket{le="1.0"} 1',
      'wait_seconds_bucket{le="1e+06"} 3',
      'wait_seconds_bucket{le="+Inf"} 4',
      '# EOF',
    ]));

  it('declares the labels of the process by their type in each format', () => {
    const metrics = collected({ scope: [] }, { 'service.name': 'shop', 'host.id': 'secret' });
    const write = (format: Format) =>
      [...new MetricsWriter(() => {}).write(metrics, format)].join('');
    expect(write('text')).to.equal(
      '# HELP target_info Target metadata\n# TYPE target_info gauge\n' +
        'target_info{service_name="shop"} 1\n# no registered metrics\n',
    );
    expect(write('openMetrics')).to.equal(
      '# HELP target Target metadata\n# TYPE target info\n' +
        'target_info{service_name="shop"} 1\n# EOF\n',
    );
  });

  it('writes counters as unknown where OpenMetrics would refuse them', () => {
    const metrics = collected({
      scope: [
        gaugeOf('jobs', [[{}, 1]]),
        sumOf('jobs', [[{}, 2]]),
        sumOf('below', [[{}, -1]]),
        sumOf('odd', [[{}, Number.NaN]]),
        sumOf('runs', [[{}, 3]]),
        gaugeOf('runs.created', [[{}, 4]]),
        gaugeOf('target', [[{}, 5]]),
      ],
    });
    const types = linesOf(metrics, 'openMetrics').filter(line => line.startsWith('# TYPE'));
    expect(types).to.deep.equal([
      '# TYPE jobs gauge',
      '# TYPE jobs_total unknown',
      '# TYPE below_total unknown',
      '# TYPE odd_total unknown',
      '# TYPE runs_total unknown',
      '# TYPE runs_created gauge',
    ]);
  });

  it('leaves count and sum of a histogram to OpenMetrics only where it takes them', () => {
    const metrics = collected({
      scope: [
        histogramOf('none', [1], [[{}, { counts: [1, 0] }]]),
        histogramOf('nan', [1], [[{}, { counts: [1, 0], sum: Number.NaN }]]),
        histogramOf('low', [-1], [[{}, { counts: [1, 0], sum: 2 }]]),
      ],
    });
    const samples = linesOf(metrics, 'openMetrics').filter(line => !line.startsWith('#'));
    expect(samples).to.deep.equal([
      'none_bucket{le="1.0"} 1',
      'none_bucket{le="+Inf"} 1',
      'nan_bucket{le="1.0"} 1',
      'nan_bucket{le="+Inf"} 1',
      'low_bucket{le="-1.0"} 1',
      'low_bucket{le="+Inf"} 1',
    ]);
    expect(linesOf(metrics, 'text')).to.include('none_count 1').and.include('low_sum 2');
  });

  it('writes each series once, with the scope where another one has its labels', () => {
    const metrics = collected({
      one: [
        sumOf('jobs', [
          [{ a: '1' }, 1],
          [{ a: 1 }, 2],
          [{ a: '1', b: '' }, 3],
        ]),
      ],
      two: [sumOf('jobs', [[{ a: '1' }, 4]])],
    });
    const reports: string[] = [];
    const samples = linesOf(metrics, 'text', reports).filter(line => !line.startsWith('#'));
    expect(samples).to.deep.equal([
      'jobs_total{a="1"} 1',
      'jobs_total{a="1",otel_scope_name="one"} 2',
      'jobs_total{a="1",otel_scope_name="two"} 4',
    ]);
    expect(reports).to.deep.equal([
      'jobs_total of one is written with otel_scope_name: another series has its labels',
      'a second jobs_total{a="1",otel_scope_name="one"} of one is left out: ' +
        'give one of the two another name',
      'jobs_total of two is written with otel_scope_name: another series has its labels',
    ]);
  });

  it('keeps labels of series between scrapes, but not of those that have changed', () => {
    const writer = new MetricsWriter(() => {});
    const attributes: Record<string, string> = { path: '/a' };
    const of = (...series: Array<[Record<string, string>, number]>): string[] =>
      [...writer.write(collected({ scope: [gaugeOf('g', series)] }), 'text')]
        .join('')
        .split('\n')
        .filter(line => line.startsWith('g'));
    expect(of([attributes, 1], [{ path: '/b' }, 2])).to.deep.equal([
      'g{path="/a"} 1',
      'g{path="/b"} 2',
    ]);
    attributes.path = '/c';
    expect(of([{ path: '/b' }, 3], [attributes, 4])).to.deep.equal([
      'g{path="/b"} 3',
      'g{path="/c"} 4',
    ]);
    expect(of([{ path: '/b', x: '' }, 5])).to.deep.equal(['g{path="/b",x=""} 5']);
    expect(of([{}, 6])).to.deep.equal(['g 6']);
  });

  it('does not change what was collected', () => {
    const metrics = collected({ one: [sumOf('a.b', [[{ 'c.d': '1' }, 1]])] }, { 'x.y': '1' });
    const before = structuredClone(metrics.scopeMetrics);
    linesOf(metrics, 'openMetrics');
    expect(metrics.scopeMetrics).to.deep.equal(before);
    expect(metrics.resource.attributes).to.deep.equal({ 'x.y': '1' });
  });
});
