import { expect } from 'chai';
import { labelsOf } from '../../../src/prometheus/labels';

describe('labelsOf()', () => {
  it('writes labels in the order of the attributes, and tells series apart in any order', () => {
    const one = labelsOf({ b: 1, a: true, c: ['x', null], d: undefined }, false);
    expect(one).to.deep.equal({
      text: 'b="1",a="true",c="[\\"x\\",null]",d=""',
      key: 'a="true",b="1",c="[\\"x\\",null]"',
    });
    expect(labelsOf({ a: 'true', c: '["x",null]', b: '1' }, false).key).to.equal(one.key);
    expect(labelsOf({}, false)).to.deep.equal({ text: '', key: '' });
  });

  it('joins values of names that become one, in the order of the names', () =>
    expect(labelsOf({ a_b: true, z: 1, 'a.b': [1, 2] }, false).text).to.equal(
      'a_b="[1,2];true",z="1"',
    ));

  it('renames le on histograms alone', () => {
    expect(labelsOf({ le: '1' }, true).text).to.equal('exported_le="1"');
    expect(labelsOf({ le: '1' }, false).text).to.equal('le="1"');
  });

  it('names a label that has no valid character', () =>
    expect(labelsOf({ '': 'x' }, false).text).to.equal('_="x"'));

  it('escapes quotes, backslashes and newlines, and replaces halves of pairs', () =>
    expect(labelsOf({ a: '"\\\n\r\u{1f600}\ud83d="' }, false).text).to.equal(
      'a="\\"\\\\\\n\r\u{1f600}\ufffd=\\""',
    ));
});
