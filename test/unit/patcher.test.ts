import { expect } from 'chai';
import { reported } from '../../src/messages';
import { Patcher } from '../../src/patcher';

class Subject {
  double(value: number, times = 2): number {
    return value * times;
  }
}

const { double } = Subject.prototype;
const plusOne = (original: Subject['double']): Subject['double'] =>
  function (this: Subject, value) {
    return original.call(this, value) + 1;
  };

describe('Patcher', () => {
  afterEach(() => {
    Subject.prototype.double = double;
    reported.clear();
  });

  it('replaces a method, which keeps its name and length, and puts the original back', () => {
    const patcher = new Patcher();
    patcher.wrap(Subject.prototype, 'double', plusOne);
    expect(new Subject().double(3)).to.equal(7);
    const patched = Subject.prototype.double;
    expect([patched.name, patched.length]).to.deep.equal(['double', 1]);
    patcher.restore();
    expect(Subject.prototype.double).to.equal(double);
  });

  it('replaces a method once, also where another patcher did', () => {
    const [one, other] = [new Patcher(), new Patcher()];
    for (const patcher of [one, one, other]) patcher.wrap(Subject.prototype, 'double', plusOne);
    expect(new Subject().double(3)).to.equal(7);
    other.restore();
    expect(new Subject().double(3)).to.equal(7);
    one.restore();
    expect(new Subject().double(3)).to.equal(6);
  });

  it('leaves a method that others wrapped since then', () => {
    const patcher = new Patcher();
    patcher.wrap(Subject.prototype, 'double', plusOne);
    const ours = Subject.prototype.double;
    const theirs = function (this: Subject, value: number): number {
      return ours.call(this, value) * 10;
    };
    Subject.prototype.double = theirs;
    patcher.restore();
    expect(Subject.prototype.double).to.equal(theirs);
  });

  it('reports a method that is missing, and leaves the rest', () => {
    const prototype: { missing?: () => void } = {};
    new Patcher().wrap(prototype as { missing: () => void }, 'missing', original => original);
    expect('missing' in prototype).to.equal(false);
    expect([...reported]).to.deep.equal(['the method missing']);
  });
});
