import { expect } from 'chai';
import { configFromEnvironment } from '../../src/environment';

const PREFIX = 'OTEL_INSTRUMENTATION_VANGO_';

describe('configFromEnvironment()', () => {
  it('asks for nothing where no variable is set', () =>
    expect(configFromEnvironment({ OTEL_SERVICE_NAME: 'shop' })).to.deep.equal({}));

  for (const [variable, value, config] of [
    ['IGNORE_EVENTS', 'MouseMove, Scroll', { ignoreEvents: ['MouseMove', 'Scroll'] }],
    ['INCLUDE_USER_ID', 'true', { includeUserId: true }],
    ['INCLUDE_ROUTE', 'false', { includeRoute: false }],
    ['STATUS_OK', '', {}],
    ['TRUST_CLIENT_CONTEXT', 'parent', { trustClientContext: 'parent' }],
    ['SESSION_SAMPLING', '0.1', { sessionSampling: true }],
    ['METRICS_NAMESPACE', 'shop', { metrics: { namespace: 'shop' } }],
    ['METRICS_SUBSYSTEM', 'web', { metrics: { subsystem: 'web' } }],
    ['METRICS_CONST_LABELS', 'a=1, b = x=y', { metrics: { constLabels: { a: '1', b: 'x=y' } } }],
    ['METRICS_BUCKETS', '0.1, 1,2.5', { metrics: { buckets: [0.1, 1, 2.5] } }],
    ['METRICS_MAX_ROUTES', '50', { metrics: { maxRoutes: 50 } }],
  ] as const) {
    it(`reads ${variable} = ${JSON.stringify(value)}`, () =>
      expect(configFromEnvironment({ [PREFIX + variable]: value })).to.deep.equal(config));
  }

  for (const [variable, value, remedy] of [
    ['STATUS_OK', 'yes', 'give true or false'],
    ['SESSION_SAMPLING', '10%', 'give a number from 0 to 1'],
    ['SESSION_SAMPLING', ' ', 'give a number from 0 to 1'],
    ['SESSION_SAMPLING', '1.5', 'give a number from 0 to 1'],
    ['METRICS_BUCKETS', '1,,2', 'give a number'],
    ['METRICS_MAX_ROUTES', 'many', 'give a number'],
    ['METRICS_CONST_LABELS', '=x', 'give name=value, separated by commas'],
    ['METRICS_CONST_LABELS', 'region', 'give name=value, separated by commas'],
  ] as const) {
    it(`refuses ${variable} = ${JSON.stringify(value)}`, () =>
      expect(() => configFromEnvironment({ [PREFIX + variable]: value })).to.throw(
        TypeError,
        new RegExp(`^${PREFIX}${variable} is .*; ${remedy}$`),
      ));
  }
});
