import type { DataPoint, MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { validLabels, validName } from './names';

/** Numbers of `DataPointType`, equal in both SDK lines, since this file loads neither. */
const HISTOGRAM = 0;
const EXPONENTIAL_HISTOGRAM = 1;
const SUM = 3;
/** The family that the serializer writes by itself. */
const TARGET_INFO = 'target_info';
const SCOPE = 'otel_scope_name';

type Points = ReadonlyArray<DataPoint<unknown>>;

/** The metrics that become one family of the text format. */
interface Family {
  readonly name: string;
  readonly first: MetricData;
  readonly type: string;
  points: Points;
  /** Labels of its series, if it has more than one metric. */
  series?: Set<string>;
}

/**
 * Brings metrics into a form that the text format can hold: valid names, each family once, each
 * series once. Does not change what was collected.
 *
 * @param report - gets a line for each metric or series that cannot be written as it is
 */
export function joinFamilies(
  { resource, scopeMetrics }: ResourceMetrics,
  report: (conflict: string) => void,
): ResourceMetrics {
  const families = new Map<string, Family>();
  const taken = new Map<string, string>([[TARGET_INFO, 'the labels of the resource']]);
  for (const { scope, metrics } of scopeMetrics) {
    for (const metric of metrics) add(metric, scope.name);
  }

  function add(metric: MetricData, scope: string): void {
    const name = familyName(metric);
    const type = typeOf(metric);
    const isHistogram = metric.dataPointType === HISTOGRAM;
    const points = (metric.dataPoints as Points).map(point => withLabels(point, isHistogram));
    const family = families.get(name);
    if (family?.type === type) {
      join(family, points, scope);
      return;
    }
    const owner = namesOf(name, metric)
      .map(each => taken.get(each))
      .find(each => each !== undefined);
    const metricName = metric.descriptor.name;
    if (owner !== undefined) {
      report(`${metricName} of ${scope} is left out: ${name} is taken by ${owner}`);
      return;
    }
    for (const each of namesOf(name, metric))
      taken.set(each, `${metricName} of ${scope}, a ${type}`);
    families.set(name, { name, first: metric, type, points });
  }

  /** Adds series to a family. A series that exists gets the scope as a label, or is left out. */
  function join(family: Family, points: Points, scope: string): void {
    family.series ??= new Set(family.points.map(keyOf));
    const added: Array<DataPoint<unknown>> = [];
    for (const point of points) {
      const unlike = family.series.has(keyOf(point))
        ? { ...point, attributes: { ...point.attributes, [SCOPE]: scope } }
        : point;
      const key = keyOf(unlike);
      if (family.series.has(key)) {
        report(
          `a second ${family.name}${key} of ${scope} is left out: give one of the two another name`,
        );
        continue;
      }
      if (unlike !== point)
        report(`${family.name} of ${scope} is written with ${SCOPE}: another scope has it too`);
      family.series.add(key);
      added.push(unlike);
    }
    family.points = [...family.points, ...added];
  }

  const metrics = [...families.values()].map(
    ({ name, first, points }) =>
      ({ ...first, descriptor: { ...first.descriptor, name }, dataPoints: points }) as MetricData,
  );
  const [first] = scopeMetrics;
  return {
    resource: Object.create(resource, {
      attributes: { value: validLabels(resource.attributes, false) },
    }),
    scopeMetrics: first === undefined ? [] : [{ scope: first.scope, metrics }],
  };
}

/** The name of a family as the serializer writes it. */
function familyName(metric: MetricData): string {
  const name = validName(metric.descriptor.name).replace(/^_?$/, 'unnamed');
  return typeOf(metric) === 'counter' && !name.endsWith('_total') ? `${name}_total` : name;
}

function typeOf(metric: MetricData): string {
  if (metric.dataPointType === SUM) return metric.isMonotonic ? 'counter' : 'gauge';
  if (metric.dataPointType === HISTOGRAM) return 'histogram';
  return metric.dataPointType === EXPONENTIAL_HISTOGRAM ? 'exponential histogram' : 'gauge';
}

/** The name of a family and the names of its samples. */
function namesOf(name: string, { dataPointType }: MetricData): string[] {
  return dataPointType === HISTOGRAM
    ? [name, `${name}_bucket`, `${name}_count`, `${name}_sum`]
    : [name];
}

function withLabels(point: DataPoint<unknown>, isHistogram: boolean): DataPoint<unknown> {
  const attributes = validLabels(point.attributes, isHistogram);
  return attributes === point.attributes ? point : { ...point, attributes };
}

function keyOf({ attributes }: DataPoint<unknown>): string {
  const labels = Object.keys(attributes)
    .sort()
    .map(name => `${name}=${JSON.stringify(attributes[name])}`);
  return `{${labels.join(',')}}`;
}
