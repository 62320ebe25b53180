import { expect } from 'chai';
import fc from 'fast-check';
import { formatTraceparent, linkTo, parseTraceparent } from '../../../src/tracing/traceparent';

const TRACE = 'a'.repeat(32);
const SPAN = 'b'.repeat(16);

const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({
    unit: fc.constantFrom(...'0123456789abcdef'),
    minLength: length,
    maxLength: length,
  });

describe('parseTraceparent()', () => {
  it('reads what formatTraceparent() writes', () =>
    fc.assert(
      fc.property(hex(32), hex(16), fc.constantFrom(0, 1), (traceId, spanId, traceFlags) => {
        fc.pre(!/^0+$/.test(traceId) && !/^0+$/.test(spanId));
        const read = parseTraceparent(formatTraceparent({ traceId, spanId, traceFlags }));
        expect(read).to.deep.equal({ traceId, spanId, traceFlags, isRemote: true });
      }),
    ));

  it('refuses any other text', () =>
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), text => {
        expect(parseTraceparent(text)).to.equal(undefined);
      }),
    ));

  for (const [what, text] of [
    ['nothing', undefined],
    ['another version', `01-${TRACE}-${SPAN}-01`],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span id of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['more behind it', `00-${TRACE}-${SPAN}-01-`],
    ['a line break behind it', `00-${TRACE}-${SPAN}-0\n`],
  ] as const) {
    it(`refuses ${what}`, () => expect(parseTraceparent(text)).to.equal(undefined));
  }

  it('keeps the sampled flag alone', () => {
    for (let flags = 0; flags < 256; flags++) {
      const text = flags.toString(16).padStart(2, '0');
      const read = parseTraceparent(`00-${TRACE}-${SPAN}-${text}`);
      expect(read?.traceFlags, text).to.equal(flags & 1);
    }
  });
});

describe('linkTo()', () => {
  it('links to the span of a traceparent, and to nothing without one', () => {
    const context = { traceId: TRACE, spanId: SPAN, traceFlags: 1, isRemote: true };
    expect(linkTo(`00-${TRACE}-${SPAN}-01`)).to.deep.equal([{ context }]);
    expect(linkTo(undefined)).to.deep.equal([]);
  });
});
