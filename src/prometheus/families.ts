import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { type FamilyType, isExponential, typeOf } from './metricTypes';
import { validName } from './names';

/** The family that tells of the process. */
export const TARGET_INFO = 'target_info';

/** A metric of one instrumentation scope. */
export interface Source {
  readonly metric: MetricData;
  readonly scope: string;
}

/** The metrics that become one family of the text format. */
export interface Family {
  /** Name in the text format. */
  readonly name: string;
  readonly type: FamilyType;
  /** At least one; the first describes the family. */
  readonly sources: [Source, ...Source[]];
}

/** Gets a line for each metric or series that cannot be written as it is. */
export type Report = (conflict: string) => void;

/**
 * Joins metrics whose serialised names and types are equal, so that each family is written once.
 */
export function familiesOf({ scopeMetrics }: ResourceMetrics, report: Report): Family[] {
  const families = new Map<string, Family>();
  const taken = new Map<string, string>([[TARGET_INFO, 'the labels of the resource']]);
  for (const { scope, metrics } of scopeMetrics) {
    for (const metric of metrics) add({ metric, scope: scope.name });
  }

  function add(source: Source): void {
    const { metric, scope } = source;
    const type = typeOf(metric);
    const name = familyName(metric.descriptor.name, type);
    const subject = `${metric.descriptor.name} of ${scope}`;
    const family = families.get(name);
    const isJoined = family?.type === type;
    const names = sampleNames(name, type);
    const owner = isJoined ? undefined : names.map(each => taken.get(each)).find(Boolean);
    if (owner !== undefined) {
      report(`${subject} is left out: ${name} is taken by ${owner}`);
      return;
    }
    if (isExponential(metric)) {
      report(
        `${subject} is written without buckets: the format has none for exponential histograms; ` +
          'give it explicit ones by a view',
      );
    }
    if (isJoined) {
      family.sources.push(source);
      return;
    }
    for (const each of names) taken.set(each, `${subject}, a ${type}`);
    families.set(name, { name, type, sources: [source] });
  }

  return [...families.values()];
}

/** The name of a family as the text format has it. */
function familyName(name: string, type: FamilyType): string {
  const valid = validName(name).replace(/^_?$/, 'unnamed');
  return type === 'counter' && !valid.endsWith('_total') ? `${valid}_total` : valid;
}

/** The names that a family and its samples take. */
export function sampleNames(name: string, type: FamilyType): string[] {
  return type === 'histogram' ? [name, `${name}_bucket`, `${name}_count`, `${name}_sum`] : [name];
}
