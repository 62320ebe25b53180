import { expect } from 'chai';
import { check, resolveConfig } from '../../src/config';

describe('resolveConfig()', () => {
  it('fills in the defaults', () => {
    const { metrics, ...rest } = resolveConfig();
    expect(rest).to.deep.equal({
      filter: undefined,
      ignoreEvents: new Set(),
      attributeExtractor: undefined,
      spanEndHook: undefined,
      includeUserId: false,
      exceptionSignal: { onSpans: true, asRecords: false },
      includeRoute: true,
      statusOk: false,
      trustClientContext: 'link',
      sessionSampling: false,
    });
    expect(metrics).to.deep.include({
      namespace: 'vango',
      subsystem: '',
      constLabels: {},
      caps: { routes: 1000, resources: 200, actions: 200, stableIds: 500 },
    });
  });

  it('keeps what is given, and takes an undefined option as absent', () => {
    const filter = (): boolean => true;
    const config = resolveConfig({
      filter,
      ignoreEvents: ['MouseMove'],
      includeRoute: undefined,
      trustClientContext: 'ignore',
      metrics: { buckets: [0.1, 1], maxRoutes: 5, constLabels: { region: 'eu' } },
    });
    expect(config).to.deep.include({ filter, includeRoute: true, trustClientContext: 'ignore' });
    expect([...config.ignoreEvents]).to.deep.equal(['MouseMove']);
    expect(config.metrics).to.deep.include({ buckets: [0.1, 1], constLabels: { region: 'eu' } });
    expect(config.metrics.caps.routes).to.equal(5);
  });

  it('copies the constant labels', () => {
    const constLabels = { region: 'eu' };
    const { metrics } = resolveConfig({ metrics: { constLabels } });
    constLabels.region = 'us';
    expect(metrics.constLabels).to.deep.equal({ region: 'eu' });
  });

  for (const [config, message] of [
    ['all', 'the options are "all"; give an object, or nothing'],
    [{ ignoreEvent: [] }, 'option ignoreEvent is []; give one of the options enabled, filter'],
    [
      { ignoreEvents: ['Clik'] },
      'option ignoreEvents is ["Clik"]; give an array of event types: Click, ',
    ],
    [{ filter: true }, 'option filter is true; give a function'],
    [
      { trustClientContext: 'yes' },
      'option trustClientContext is "yes"; give one of parent, link, ignore',
    ],
    [
      { metrics: { namespace: '9lives' } },
      'option namespace is "9lives"; give letters, digits and "_"',
    ],
    [
      { metrics: { buckets: [1, 1] } },
      'option buckets is [1,1]; give at least one finite number of seconds, in rising order',
    ],
    [
      { metrics: { constLabels: { path: 'x' } } },
      'names of letters, digits and "_" that no metric uses (path is not one',
    ],
    ...(
      [
        'error__type',
        'path',
        'le',
        '__name__',
        'otel_scope_name',
        'otel__scope_version',
        'stable___id',
      ] as const
    ).map(
      name =>
        [
          { metrics: { constLabels: { [name]: 'x' } } },
          `(${name} is not one; taken are le`,
        ] as const,
    ),
    [
      { metrics: { constLabels: { team__a: '1', team_a: '2' } } },
      'give names that stay different in Prometheus, which writes team__a and team_a ' +
        'as one label, team_a',
    ],
    [
      { metrics: { constLabels: { a__: '1', b: '2', a_: '3' } } },
      'which writes a__ and a_ as one label, a_',
    ],
    [
      { metrics: { maxRoutes: Infinity } },
      'option maxRoutes is Infinity; give a whole number of at least 1',
    ],
    [{ metrics: { maxRoutes: 0 } }, 'option maxRoutes is 0; give a whole number of at least 1'],
  ] as const) {
    it(`refuses ${JSON.stringify(config)}`, () => {
      expect(() => resolveConfig(config as never)).to.throw(TypeError, message);
    });
  }

  it('names the function whose options it checks', () =>
    expect(() => check('logger()', { logger: 1 }, { logger: () => 'a logger' })).to.throw(
      TypeError,
      'logger(): option logger is 1; give a logger',
    ));
});
