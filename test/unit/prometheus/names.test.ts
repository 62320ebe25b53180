import { expect } from 'chai';
import { validName } from '../../../src/prometheus/names';

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
