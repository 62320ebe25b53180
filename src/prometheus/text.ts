import { type Dialect, describe } from './dialect';
import { TARGET_INFO } from './families';
import { escapeLine } from './labels';
import { numberText } from './lines';

/** Text 0.0.4, as the serializer of the SDK writes it. */
export const TEXT: Dialect = {
  declare(family) {
    const { name, type, sources } = family;
    const { unit } = sources[0].metric.descriptor;
    return (
      `# HELP ${name} ${escapeLine(describe(family))}\n` +
      `${unit ? `# UNIT ${name} ${escapeLine(unit)}\n` : ''}# TYPE ${name} ${type}\n`
    );
  },
  target: `# HELP ${TARGET_INFO} Target metadata\n# TYPE ${TARGET_INFO} gauge\n`,
  bound: numberText,
  totalsOf: sum => ({ hasCount: true, hasSum: sum !== undefined }),
  takesExemplars: () => false,
  nothing: '# no registered metrics\n',
  end: '',
};
