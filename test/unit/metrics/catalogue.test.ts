import { expect } from 'chai';
import { CATALOGUE } from '../../../src';

describe('the catalogue', () => {
  for (const { prometheusName, name, kind } of Object.values(CATALOGUE)) {
    it(`names ${prometheusName} so that the OpenTelemetry name sanitises to it`, () => {
      const total = kind === 'counter' ? '_total' : '';
      const sanitised = `vango_${name.replace(/[^a-zA-Z0-9]+/g, '_')}${total}`;
      expect(sanitised).to.equal(prometheusName);
    });
  }
});
