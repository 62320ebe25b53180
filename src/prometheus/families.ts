import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';

/**
 * Joins metrics of the same name that several scopes report: the text format allows a family once. Nothing that was collected is changed.
 */
export function joinFamilies({ resource, scopeMetrics }: ResourceMetrics): ResourceMetrics {
  const [first] = scopeMetrics;
  if (first === undefined) return { resource, scopeMetrics };
  const families = new Map<string, MetricData>();
  for (const metric of scopeMetrics.flatMap(({ metrics }) => metrics)) {
    const { name } = metric.descriptor;
    const family = families.get(name);
    if (family === undefined) families.set(name, metric);
    else if (family.dataPointType === metric.dataPointType) {
      const dataPoints = [...family.dataPoints, ...metric.dataPoints];
      families.set(name, { ...family, dataPoints } as MetricData);
    }
  }
  return { resource, scopeMetrics: [{ scope: first.scope, metrics: [...families.values()] }] };
}
