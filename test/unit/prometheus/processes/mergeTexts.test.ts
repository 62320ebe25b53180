import { expect } from 'chai';
import fc from 'fast-check';
import { mergeTexts } from '../../../../src/prometheus/processes/mergeTexts';

function merge(...texts: string[]): { lines: string[]; conflicts: string[] } {
  const conflicts: string[] = [];
  const pieces = mergeTexts(
    texts.map((text, slot) => ({ slot, text })),
    conflict => conflicts.push(conflict),
  );
  return { lines: [...pieces].join('').split('\n'), conflicts };
}

/** A sample before it is written, and with its labels in the order in which they are written. */
interface Sample {
  readonly suffix: string;
  readonly labels: ReadonlyArray<readonly [name: string, value: string]>;
  readonly value: number;
  readonly exemplar: string;
}

interface Family {
  readonly type: string;
  readonly samples: readonly Sample[];
}

const NAMES = ['a_jobs', 'jobs', 'jobs:rate', 'vango_size'];
const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
const help = (name: string): string => `# HELP ${name} Of ${name}: # {process="x"} é\\n`;

function write(
  families: ReadonlyArray<readonly [string, string]>,
  samplesOf: (name: string) => string[],
  end: string,
): string {
  const lines = families.flatMap(([name, type]) => {
    const samples = samplesOf(name);
    return samples.length === 0 ? [] : [help(name), `# TYPE ${name} ${type}`, ...samples];
  });
  return [...lines, ...(end === '' ? [] : [end])].map(line => `${line}\n`).join('');
}

function sampleLine(name: string, { suffix, labels, value, exemplar }: Sample): string {
  const shown = labels.map(([label, text]) => `${label}="${escaped(text)}"`).join(',');
  return `${name}${suffix}${shown === '' ? '' : `{${shown}}`} ${value}${exemplar}`;
}

const VALUE = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom(
    'a\u2028b 1',
    '\r\nx 1',
    '{process="0"',
    'process=',
    '\\',
    '# EOF',
    '\0',
    '} 1 # {',
  ),
);
const SAMPLE: fc.Arbitrary<Sample> = fc.record({
  suffix: fc.constantFrom('', '_total', '_bucket'),
  labels: fc.uniqueArray(
    fc.tuple(fc.constantFrom('path', 'le', 'process', 'exported_process', 'x_process'), VALUE),
    { selector: ([name]) => name },
  ),
  value: fc.integer(),
  exemplar: fc.constantFrom('', ' # {trace_id="0af7",process="y"} 1.5 1716389420.123'),
});
const TYPES = new Map(NAMES.map(name => [name, name === 'vango_size' ? 'histogram' : 'counter']));
const PROCESS: fc.Arbitrary<ReadonlyMap<string, Family>> = fc
  .subarray(NAMES)
  .chain(names =>
    fc.tuple(
      ...names.map(name =>
        fc
          .array(SAMPLE, { maxLength: 4 })
          .map(samples => [name, { type: TYPES.get(name) as string, samples }] as const),
      ),
    ),
  )
  .map(families => new Map(families));

/** What a sample of a process has to become. */
function inProcess(sample: Sample, slot: number): Sample {
  const names = new Set(sample.labels.map(([name]) => name));
  let free = 'exported_process';
  while (names.has(free)) free = `exported_${free}`;
  const labels = sample.labels.map(
    ([name, value]) => [name === 'process' ? free : name, value] as const,
  );
  return { ...sample, labels: [['process', `${slot}`], ...labels] };
}

describe('mergeTexts()', () => {
  it('writes each family once, and each sample with the label of its process', () => {
    const one = [
      '# HELP jobs_total Jobs.',
      '# TYPE jobs_total counter',
      'jobs_total 1',
      'jobs_total{of="a"} 2',
      '# TYPE up gauge',
      'up{} 1',
      '',
    ].join('\n');
    const two = [
      '# HELP jobs_total Other words.',
      '# TYPE jobs_total counter',
      'jobs_total 3',
      '# TYPE only_here gauge',
      'only_here NaN',
      '',
    ].join('\n');
    expect(merge(one, two)).to.deep.equal({
      lines: [
        '# HELP jobs_total Jobs.',
        '# TYPE jobs_total counter',
        'jobs_total{process="0"} 1',
        'jobs_total{process="0",of="a"} 2',
        'jobs_total{process="1"} 3',
        '# TYPE up gauge',
        'up{process="0"} 1',
        '# TYPE only_here gauge',
        'only_here{process="1"} NaN',
        '',
      ],
      conflicts: [],
    });
  });

  it('keeps exemplars and units of OpenMetrics, and writes its end once, last', () => {
    const text = (value: number): string =>
      [
        '# HELP size_bytes Sizes.',
        '# TYPE size_bytes histogram',
        '# UNIT size_bytes bytes',
        `size_bytes_bucket{le="1"} ${value} # {trace_id="ab",process="n"} 0.5 1716389420.123`,
        '# EOF',
        '',
      ].join('\n');
    expect(merge(text(1), text(2)).lines).to.deep.equal([
      '# HELP size_bytes Sizes.',
      '# TYPE size_bytes histogram',
      '# UNIT size_bytes bytes',
      'size_bytes_bucket{process="0",le="1"} 1 # {trace_id="ab",process="n"} 0.5 1716389420.123',
      'size_bytes_bucket{process="1",le="1"} 2 # {trace_id="ab",process="n"} 0.5 1716389420.123',
      '# EOF',
      '',
    ]);
  });

  it('leaves out a family whose type differs, and reports it', () => {
    const { lines, conflicts } = merge(
      '# TYPE x gauge\nx 1\n',
      '# TYPE x counter\nx 2\n# TYPE y gauge\ny 3\n',
    );
    expect(lines).to.deep.equal([
      '# TYPE x gauge',
      'x{process="0"} 1',
      '# TYPE y gauge',
      'y{process="1"} 3',
      '',
    ]);
    expect(conflicts).to.deep.equal([
      'x of process 1 is left out: it is a counter there, and a gauge in another process',
    ]);
  });

  it('takes texts without any family, and without a last line end', () => {
    expect(merge('# no registered metrics', '# TYPE x gauge\nx 1', '').lines).to.deep.equal([
      '# TYPE x gauge',
      'x{process="1"} 1',
      '',
    ]);
  });

  it('cuts large families between lines', () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `x{of="${index}"} ${index}`);
    const { lines: merged } = merge(`# TYPE x gauge\n${lines.join('\n')}\n`, '');
    expect(merged).to.deep.equal([
      '# TYPE x gauge',
      ...lines.map(line => line.replace('{', '{process="0",')),
      '',
    ]);
  });

  for (const end of ['', '# EOF']) {
    it(`equals what a writer of all samples writes, with the end "${end}"`, () => {
      fc.assert(
        fc.property(fc.array(PROCESS, { minLength: 2, maxLength: 4 }), processes => {
          const texts = processes.map(families =>
            write(
              [...families].map(([name, { type }]) => [name, type]),
              name => (families.get(name)?.samples ?? []).map(each => sampleLine(name, each)),
              end,
            ),
          );
          const order = new Map(
            processes.flatMap(families =>
              [...families]
                .filter(([, { samples }]) => samples.length > 0)
                .map(([name, { type }]) => [name, type] as const),
            ),
          );
          const expected = write(
            [...order],
            name =>
              processes.flatMap((families, slot) =>
                (families.get(name)?.samples ?? []).map(each =>
                  sampleLine(name, inProcess(each, slot)),
                ),
              ),
            end,
          );
          const { lines, conflicts } = merge(...texts);
          expect(lines).to.deep.equal(expected.split('\n'));
          expect(conflicts).to.deep.equal([]);
        }),
        { numRuns: 500 },
      );
    });
  }
});
