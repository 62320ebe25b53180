import { type Dialect, describe } from './dialect';
import { type Family, sampleNames, TARGET_INFO } from './families';
import { escapeLabel } from './labels';
import { pointsOf } from './metricTypes';

const TARGET = 'target';
const WITH_EXEMPLARS: ReadonlySet<string> = new Set(['counter', 'histogram']);
/** Words of units, by their code in OpenTelemetry. A family may declare the one it is named by. */
const UNIT_WORDS: Readonly<Record<string, string>> = {
  d: 'days',
  h: 'hours',
  min: 'minutes',
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  By: 'bytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  GiBy: 'gibibytes',
  TiBy: 'tibibytes',
  KBy: 'kilobytes',
  MBy: 'megabytes',
  GBy: 'gigabytes',
  TBy: 'terabytes',
  m: 'meters',
  V: 'volts',
  A: 'amperes',
  J: 'joules',
  W: 'watts',
  g: 'grams',
  Cel: 'celsius',
  Hz: 'hertz',
  '1': 'ratio',
  '%': 'percent',
};

/** OpenMetrics 1.0. How a family is declared depends on the names of all. */
export function openMetrics(families: readonly Family[]): Dialect {
  const claims = claimsOf(families);
  const isFree = (name: string): boolean => claims.get(name) === 1;
  return {
    declare(family) {
      const [name, type] = declarationOf(family, isFree);
      const word = UNIT_WORDS[family.sources[0].metric.descriptor.unit];
      const hasUnit = word !== undefined && name.endsWith(`_${word}`);
      return (
        `# HELP ${name} ${escapeLabel(describe(family))}\n# TYPE ${name} ${type}\n` +
        (hasUnit ? `# UNIT ${name} ${word}\n` : '')
      );
    },
    target: isFree(TARGET)
      ? `# HELP ${TARGET} Target metadata\n# TYPE ${TARGET} info\n`
      : `# HELP ${TARGET_INFO} Target metadata\n# TYPE ${TARGET_INFO} gauge\n`,
    bound: canonicalBound,
    totalsOf(sum, lowestBound = 0) {
      // The format refuses a sum that may fall, and a count without a sum.
      const isAllowed = sum !== undefined && sum >= 0 && lowestBound >= 0;
      return { hasCount: isAllowed, hasSum: isAllowed };
    },
    takesExemplars: family => WITH_EXEMPLARS.has(declarationOf(family, isFree)[1]),
    nothing: '',
    end: '# EOF\n',
  };
}

/** How many families claim each name, for a sample or by a suffix that the format reserves. */
function claimsOf(families: readonly Family[]): ReadonlyMap<string, number> {
  const claims = new Map<string, number>();
  const claim = (name: string): void => void claims.set(name, (claims.get(name) ?? 0) + 1);
  claim(TARGET);
  claim(TARGET_INFO);
  for (const { name, type } of families) {
    for (const each of sampleNames(name, type)) claim(each);
    if (type === 'counter') reservedOf(name).map(claim);
    if (type === 'histogram') claim(`${name}_created`);
  }
  return claims;
}

/** The names that a counter reserves besides that of its samples. The first one is its own. */
function reservedOf(counter: string): [name: string, created: string] {
  const name = counter.slice(0, -'_total'.length);
  return [name, `${name}_created`];
}

/**
 * Name and type of a family. A counter that the format would refuse is of unknown type: if its name
 * without `_total` is taken, and if a value is negative or NaN.
 */
function declarationOf(
  { name, type, sources }: Family,
  isFree: (name: string) => boolean,
): [name: string, type: string] {
  if (type !== 'counter') return [name, type];
  const reserved = reservedOf(name);
  const isRefused =
    reserved[0] === '' ||
    !reserved.every(isFree) ||
    sources.some(({ metric }) => {
      const { of, points } = pointsOf(metric);
      return of === 'values' && points.some(({ value }) => !(value >= 0));
    });
  return isRefused ? [name, 'unknown'] : [reserved[0], type];
}

/** Formats a bound as Go does, so that the label is the same whoever wrote it: 1.0, 1e+06. */
function canonicalBound(bound: number): string {
  if (bound === Number.POSITIVE_INFINITY) return '+Inf';
  const [mantissa, exponent = ''] = bound.toExponential().split('e');
  const power = Number(exponent);
  if (power < -4 || power >= 6) {
    const digits = String(Math.abs(power)).padStart(2, '0');
    return `${mantissa}e${power < 0 ? '-' : '+'}${digits}`;
  }
  const text = String(bound);
  return text.includes('.') ? text : `${text}.0`;
}
