import { expect } from 'chai';
import fc from 'fast-check';
import { Histogram, quantileOf } from '../../../src/live/histogram';

const SECONDS = fc.double({ min: 0.0001, max: 200, noNaN: true });
const SHARE = fc.double({ min: 0, max: 1, noNaN: true });

function countsOf(values: readonly number[]): readonly number[] {
  const histogram = new Histogram();
  for (const value of values) histogram.add(value);
  return histogram.read();
}

describe('Histogram', () => {
  it('tells quantiles at most 5 % off', () => {
    fc.assert(
      fc.property(fc.array(SECONDS, { minLength: 1 }), SHARE, (values, share) => {
        const sorted = [...values].sort((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(values.length * share)) - 1] as number;
        const found = quantileOf([countsOf(values)], share) as number;
        expect(Math.abs(found / exact - 1)).to.be.at.most(0.05);
      }),
    );
  });

  it('tells the same of the parts as of the whole', () => {
    fc.assert(
      fc.property(fc.array(fc.array(SECONDS)), SHARE, (parts, share) => {
        const whole = quantileOf([countsOf(parts.flat())], share);
        expect(quantileOf(parts.map(countsOf), share)).to.equal(whole);
        const sum = new Histogram();
        for (const part of parts) sum.addAll(countsOf(part));
        expect(quantileOf([sum.read()], share)).to.equal(whole);
      }),
    );
  });

  it('takes any number', () => {
    fc.assert(
      fc.property(fc.array(fc.double()), values => {
        const counts = countsOf(values);
        const total = counts.reduce((sum, count, i) => (i % 2 === 0 ? sum : sum + count), 0);
        expect(total).to.equal(values.length);
      }),
    );
  });

  it('tells nothing of nothing', () => {
    const histogram = new Histogram();
    histogram.add(1);
    histogram.clear();
    expect(quantileOf([histogram.read()], 0.5)).to.equal(undefined);
  });
});
