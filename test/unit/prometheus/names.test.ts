import { expect } from 'chai';
import { validLabels, validName } from '../../../src/prometheus/names';

describe('validName()', () => {
  for (const [name, valid] of [
    ['http_jobs', 'http_jobs'],
    ['http.server.jobs', 'http_server_jobs'],
    ['a--b', 'a_b'],
    ['team__a', 'team_a'],
    ['1st', '_1st'],
    ['größe', 'gr_e'],
    ['', ''],
  ] as const) {
    it(`turns "${name}" into "${valid}"`, () => expect(validName(name)).to.equal(valid));
  }
});

describe('validLabels()', () => {
  it('returns the same object where all names are valid', () => {
    const attributes = { path: '/', error_type: 'timeout' };
    expect(validLabels(attributes, true)).to.equal(attributes);
  });

  it('joins values of names that become one, in the order of the names', () =>
    expect(validLabels({ a_b: true, 'a.b': [1, 2] }, false)).to.deep.equal({
      a_b: '[1,2];true',
    }));

  it('renames le on histograms alone', () => {
    expect(validLabels({ le: '1' }, true)).to.deep.equal({ exported_le: '1' });
    expect(validLabels({ le: '1' }, false)).to.deep.equal({ le: '1' });
  });

  it('names a label that has no valid character', () =>
    expect(validLabels({ '': 'x' }, false)).to.deep.equal({ _: 'x' }));
});
