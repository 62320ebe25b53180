import { expect } from 'chai';
import { reported } from '../../../src/messages';
import { CardinalityLimit, OTHER } from '../../../src/metrics/cardinalityLimit';

describe('CardinalityLimit', () => {
  afterEach(() => reported.clear());

  it('passes values until there are as many as the cap, then passes only known ones', () => {
    const limit = new CardinalityLimit('the label', 2);
    expect(['a', 'b', 'c', 'a', 'b', 'c'].map(value => limit.apply(value))).to.deep.equal([
      ...['a', 'b', OTHER],
      ...['a', 'b', OTHER],
    ]);
  });

  it('passes more values after its cap was raised', () => {
    const limit = new CardinalityLimit('the label', 1);
    expect([limit.apply('a'), limit.apply('b')]).to.deep.equal(['a', OTHER]);
    limit.cap = 2;
    expect([limit.apply('b'), limit.apply('c')]).to.deep.equal(['b', OTHER]);
  });

  it('warns once', () => {
    const limit = new CardinalityLimit('the label', 1);
    for (const value of ['a', 'b', 'c']) limit.apply(value);
    expect([...reported]).to.deep.equal(['the label']);
  });
});
