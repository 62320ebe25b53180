import { expect } from 'chai';
import fc from 'fast-check';
import { parse } from 'yaml';
import { toYaml, type Yaml } from '../../../src/monitoring/yaml';

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  // What YAML may take for something else, and what rules are made of.
  fc.constantFrom(
    'yes',
    'null',
    '1',
    '-',
    '- a',
    'a: b',
    'a #b',
    '"a"\n  "b"\n',
    ' "',
    '\n',
    '~',
    '{',
  ),
  fc
    .array(fc.constantFrom('"', '\n', ' ', 'a', ':', '#', '\t', '|'), { maxLength: 8 })
    .map(c => c.join('')),
);
const { value } = fc.letrec<{ value: Yaml }>(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.integer(),
    fc.boolean(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(text, tie('value'), { maxKeys: 3 }),
  ),
}));

describe('toYaml()', () => {
  it('writes what a parser reads', () => {
    fc.assert(
      fc.property(fc.dictionary(text, value, { maxKeys: 4 }), document => {
        expect(parse(toYaml(document))).to.deep.equal({ ...document });
      }),
      { numRuns: 1000 },
    );
  });

  it('writes expressions legibly, and leaves out what is undefined', () => {
    expect(
      toYaml({ rules: [{ alert: 'Some', expr: 'a{b="c"}\n  > 1', for: undefined }], none: [] }),
    ).to.equal(
      [
        'rules:',
        '  - alert: Some',
        '    expr: |-',
        '      a{b="c"}',
        '        > 1',
        'none: []',
        '',
      ].join('\n'),
    );
  });
});
