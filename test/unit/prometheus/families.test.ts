import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import { joinFamilies } from '../../../src/prometheus/families';

type Labels = Record<string, string>;

function sum(name: string, ...labels: Labels[]): MetricData {
  const dataPoints = labels.map((attributes, index) => ({
    startTime: [0, 0] as [number, number],
    endTime: [1, 0] as [number, number],
    attributes,
    value: index + 1,
  }));
  return {
    descriptor: { name, description: '', unit: '', valueType: 1 },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.SUM,
    isMonotonic: true,
    dataPoints,
  };
}

function collected(scopes: Record<string, MetricData[]>, attributes: Labels = {}): ResourceMetrics {
  return {
    resource: resourceFromAttributes(attributes),
    scopeMetrics: Object.entries(scopes).map(([name, metrics]) => ({ scope: { name }, metrics })),
  };
}

/** The families by name, with the labels of their series. */
function joined(metrics: ResourceMetrics): [families: Record<string, Labels[]>, lines: string[]] {
  const lines: string[] = [];
  const { scopeMetrics } = joinFamilies(metrics, line => lines.push(line));
  const families = scopeMetrics.flatMap(scope => scope.metrics);
  const byName = families.map(({ descriptor, dataPoints }) => [
    descriptor.name,
    dataPoints.map(point => point.attributes),
  ]);
  return [Object.fromEntries(byName), lines];
}

describe('joinFamilies()', () => {
  it('writes metrics of one serialised name as one family', () => {
    const [families, lines] = joined(
      collected({ one: [sum('http.jobs', { a: '1' })], two: [sum('http_jobs', { a: '2' })] }),
    );
    expect(families).to.deep.equal({ http_jobs_total: [{ a: '1' }, { a: '2' }] });
    expect(lines).to.deep.equal([]);
  });

  it('adds the scope to a series that another scope has too', () => {
    const [families, lines] = joined(
      collected({ one: [sum('jobs', { a: '1' })], two: [sum('jobs', { a: '1' })] }),
    );
    expect(families).to.deep.equal({
      jobs_total: [{ a: '1' }, { a: '1', otel_scope_name: 'two' }],
    });
    expect(lines.length).to.equal(1);
  });

  it('leaves out a metric whose name another one has with another type', () => {
    const gauge = { ...sum('size_total', {}), isMonotonic: false } as MetricData;
    const [families, lines] = joined(collected({ one: [sum('size', {}), gauge] }));
    expect(Object.keys(families)).to.deep.equal(['size_total']);
    expect(lines).to.deep.equal([
      'size_total of one is left out: size_total is taken by size of one, a counter',
    ]);
  });

  it('makes names and labels valid, and joins values of labels that become one', () => {
    const [families] = joined(collected({ one: [sum('1.bad-name', { 'a.b': '1', a_b: '2' })] }));
    expect(families).to.deep.equal({ _1_bad_name_total: [{ a_b: '1;2' }] });
  });

  it('does not change what was collected', () => {
    const metrics = collected({ one: [sum('a.b', { 'c.d': '1' })] }, { 'x.y': '1' });
    const before = structuredClone(metrics.scopeMetrics);
    joinFamilies(metrics, () => {});
    expect(metrics.scopeMetrics).to.deep.equal(before);
    expect(metrics.resource.attributes).to.deep.equal({ 'x.y': '1' });
  });
});
