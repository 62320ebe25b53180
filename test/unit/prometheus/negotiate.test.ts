import { expect } from 'chai';
import { encodingFor, formatFor } from '../../../src/prometheus/negotiate';

const OPEN = 'application/openmetrics-text';

describe('formatFor()', () => {
  for (const [accept, format] of [
    [undefined, 'text'],
    ['', 'text'],
    ['*/*', 'text'],
    ['text/*', 'text'],
    ['text/plain', 'text'],
    [OPEN, 'openMetrics'],
    [`${OPEN}; version=1.0.0`, 'openMetrics'],
    [`${OPEN};version="1.0.0";charset=UTF-8`, 'openMetrics'],
    [`${OPEN};version=1.0.0;escaping=allow-utf-8`, 'openMetrics'],
    [OPEN.toUpperCase(), 'openMetrics'],
    // What Prometheus 2 and 3 ask for.
    [
      `${OPEN};version=1.0.0,${OPEN};version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`,
      'openMetrics',
    ],
    [
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;' +
        `q=0.6,${OPEN};version=1.0.0;escaping=allow-utf-8;q=0.5,` +
        `${OPEN};version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,` +
        'text/plain;version=0.0.4;q=0.2,*/*;q=0.1',
      'openMetrics',
    ],
    // What browsers ask for.
    ['text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8', 'text'],
    [`${OPEN};q=0.4,text/plain;q=0.5`, 'text'],
    [`${OPEN};q=0.5,text/plain;q=0.4`, 'openMetrics'],
    [`${OPEN},text/plain`, 'openMetrics'],
    [`text/plain,${OPEN}`, 'text'],
    [`*/*,${OPEN}`, 'openMetrics'],
    [`${OPEN};q=0,*/*`, 'text'],
    ['text/plain;q=0,*/*', 'openMetrics'],
    [`${OPEN};version=0.0.1`, undefined],
    [`${OPEN};version=2.0.0,text/plain;q=0.1`, 'text'],
    ['text/plain;version=1.0.0', undefined],
    ['application/json', undefined],
    ['text/html, */*;q=0', undefined],
    [`${OPEN};q=2, text/plain;q=x, text/*`, 'text'],
    ['application/json;x="a,text/plain"', undefined],
  ] as const) {
    it(`finds ${format} for ${accept}`, () => expect(formatFor(accept)).to.equal(format));
  }
});

describe('encodingFor()', () => {
  for (const [accept, encoding] of [
    [undefined, 'identity'],
    ['', 'identity'],
    ['gzip', 'gzip'],
    ['GZIP, deflate, br', 'gzip'],
    ['x-gzip', 'gzip'],
    ['deflate', 'identity'],
    ['*', 'identity'],
    ['gzip;q=0', 'identity'],
    ['gzip;q=0.1', 'gzip'],
    ['gzip;q=0.1,identity', 'identity'],
    ['gzip,identity', 'gzip'],
    ['identity;q=0', undefined],
    ['identity;q=0, *', 'gzip'],
    ['identity;q=0, gzip;q=0, *', undefined],
    ['*;q=0', undefined],
    ['*;q=0, identity', 'identity'],
    ['*;q=0, gzip', 'gzip'],
  ] as const) {
    it(`finds ${encoding} for ${accept}`, () => expect(encodingFor(accept)).to.equal(encoding));
  }
});
