import { expect } from 'chai';
import { exceptionSignalFrom } from '../../../src/errors/exceptionSignal';

describe('the signal of exceptions', () => {
  for (const [value, onSpans, asRecords] of [
    [undefined, true, false],
    ['', true, false],
    ['logs', false, true],
    [' logs/dup ', true, true],
    // Any other value is as if it were absent.
    ['dup', true, false],
    ['LOGS', true, false],
  ] as const) {
    it(`is as the conventions say with ${JSON.stringify(value)}`, () => {
      const env = { OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN: value };
      expect(exceptionSignalFrom(env)).to.deep.equal({ onSpans, asRecords });
    });
  }
});
