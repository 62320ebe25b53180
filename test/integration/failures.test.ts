import { runInNewContext } from 'node:vm';
import { DiagLogLevel, diag } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { expect } from 'chai';
import { logger, recover, VangoInstrumentation, type VangoInstrumentationConfig } from '../../src';
import { reported } from '../../src/messages';
import { processState } from '../../src/processState';
import { type App, createApp, h, type Middleware, signal } from '../../vango/src';
import { silentLogger } from '../../vango/test/support/logger';
import { waitFor } from '../../vango/test/support/wait';
import { loadPage, WireClient } from '../../vango/test/support/wireClient';
import { TestMetrics, TestTraces } from './support';

interface Line {
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

describe('failures', () => {
  let instrumentation: VangoInstrumentation;
  let traces: TestTraces;
  let metrics: TestMetrics;
  let told: string[];
  let rejections: unknown[];
  const logged: unknown[] = [];
  const apps: App[] = [];
  const keep = (error: unknown): void => void rejections.push(error);

  beforeEach(() => {
    processState().recorder = undefined;
    reported.clear();
    told = [];
    rejections = [];
    logged.length = 0;
    const log = (message: string): void => {
      if (message.startsWith('@vango/')) told.push(message);
    };
    diag.setLogger(
      { error: log, warn: log, info() {}, debug() {}, verbose() {} },
      { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
    );
    process.on('unhandledRejection', keep);
  });
  afterEach(async () => {
    await Promise.all(apps.splice(0).map(app => app.close()));
    instrumentation?.disable();
    diag.disable();
    process.off('unhandledRejection', keep);
    processState().recorder = undefined;
  });

  function start(config?: VangoInstrumentationConfig): void {
    instrumentation = new VangoInstrumentation(config);
    traces = new TestTraces();
    metrics = new TestMetrics();
    instrumentation.setTracerProvider(traces.provider);
    instrumentation.setMeterProvider(metrics.provider);
  }

  /** Clicks a button whose handler throws what it is given. */
  async function clickThrowing(thrown: unknown, ...middleware: unknown[]): Promise<ReadableSpan> {
    const app = createApp({ logger: silentLogger() });
    apps.push(app);
    for (const each of middleware) app.use(each as Middleware);
    app.page('/', () =>
      h('main', null, [
        h('button', {
          id: 'fail',
          onClick: () => {
            throw thrown;
          },
        }),
      ]),
    );
    const { port } = await app.listen(0, '127.0.0.1');
    const page = await loadPage(`http://127.0.0.1:${port}`, '/');
    const client = await WireClient.connect(page.socketUrl);
    client.event('Click', page.hid('fail'));
    await client.until(() => client.errors.length === 1);
    return traces.spans.find(({ name }) => name === 'vango.Click') as ReadableSpan;
  }

  const frozen = Object.freeze(new TypeError('frozen'));
  const foreign = runInNewContext('new RangeError("elsewhere")') as Error;
  const hostile = new Proxy(
    {},
    {
      get() {
        throw new Error('no');
      },
    },
  );
  const THROWN: Array<
    [what: string, thrown: unknown, type: unknown, message: string, stack?: RegExp]
  > = [
    ['an error', new TypeError('wrong'), 'TypeError', 'wrong', /^TypeError: wrong\n {4}at /],
    ['a frozen error', frozen, 'TypeError', 'frozen', /^TypeError: frozen\n/],
    ['an error of another realm', foreign, 'RangeError', 'elsewhere', /^RangeError: elsewhere\n/],
    [
      'an error with a code',
      Object.assign(new Error('no'), { code: 'E_NO' }),
      'E_NO',
      'no',
      /^Error: no\n/,
    ],
    ['an object with a message', { message: 'plain' }, 'Object', 'plain'],
    ['an object of a class', new (class Odd {})(), 'Odd', 'Odd {}'],
    ['an object without prototype', Object.create(null), undefined, '[Object: null prototype] {}'],
    ['a circular object', circular(), 'Object', '<ref *1> { self: [Circular *1] }'],
    ['text', 'just text', undefined, 'just text'],
    ['a number', 7, undefined, '7'],
    ['a symbol', Symbol('s'), undefined, 'Symbol(s)'],
    ['an object that cannot be read', hostile, undefined, '{}'],
    [
      'an error whose message is no text',
      Object.assign(new Error(), { message: 5 }),
      'Error',
      'Error',
    ],
  ];
  function circular(): unknown {
    const made: Record<string, unknown> = {};
    made.self = made;
    return made;
  }
  for (const [what, thrown, type, message, stack] of THROWN) {
    it(`give the span status, type, message and stack when thrown as ${what}`, async () => {
      start();
      const lines: Line[] = [];
      const error = (fields: Record<string, unknown>, text: string): void =>
        void lines.push({ fields, message: text });
      const span = await clickThrowing(thrown, logger({ logger: { info: error, error } }));
      expect(span.status.code).to.equal(2);
      const [event] = span.events;
      expect(event?.name).to.equal('exception');
      expect(event?.attributes?.['exception.type']).to.equal(type);
      if (what === 'an error whose message is no text') {
        expect(span.status.message).to.match(/^Error/);
      } else {
        expect(span.status.message).to.equal(message);
        expect(event?.attributes?.['exception.message']).to.equal(message);
        expect(lines.map(({ fields }) => fields.error)).to.deep.equal([message]);
      }
      if (stack !== undefined) expect(event?.attributes?.['exception.stacktrace']).to.match(stack);
      expect(told).to.deep.equal([]);
    });
  }

  it('are logged by recover() as Node.js shows them if they have no message', async () => {
    start();
    const lines: Line[] = [];
    const error = (fields: Record<string, unknown>, message: string): void =>
      void lines.push({ fields, message });
    await clickThrowing(Object.create(null), recover({ logger: { info() {}, error } }));
    expect(lines.map(({ message }) => message)).to.deep.equal([
      'recovered: [Object: null prototype] {}',
    ]);
  });

  it('give the span the stacks of their causes, and of each error of an aggregate', async () => {
    start();
    const root = new RangeError('root');
    const both = new AggregateError([new TypeError('one'), 'two'], 'both', { cause: root });
    const span = await clickThrowing(new Error('outer', { cause: both }));
    const stack = String(span.events[0]?.attributes?.['exception.stacktrace']);
    const told = stack
      .split('\n')
      .filter(line => !/^ +at /.test(line))
      .join('\n');
    expect(told).to.equal(
      [
        'Error: outer',
        '  [cause]: AggregateError: both',
        '    [cause]: RangeError: root',
        '    [errors]: [',
        '      TypeError: one',
        '      two',
        '    ]',
        '  }',
        '}',
      ].join('\n'),
    );
    expect(span.status.message).to.equal('outer');
  });

  it('of a render without an event are traced and logged, but not counted as events', async () => {
    start();
    const app = createApp({
      logger: { error: (...args: unknown[]) => logged.push(args), warn() {}, info() {} },
    });
    apps.push(app);
    let breakIt = (): void => {};
    app.page('/', () => {
      const broken = signal(false);
      breakIt = () => {
        broken.value = true;
      };
      return h('main', null, [
        h(() => {
          if (broken.value) throw new Error('cannot be shown');
          return h('p', null, 'fine');
        }, null),
      ]);
    });
    const { port } = await app.listen(0, '127.0.0.1');
    const page = await loadPage(`http://127.0.0.1:${port}`, '/');
    await WireClient.connect(page.socketUrl);
    setTimeout(breakIt, 1);
    const span = await waitFor('the span of the work', () =>
      traces.spans.find(({ name }) => name === 'vango.dispatch'),
    );
    expect(span.status).to.deep.equal({ code: 2, message: 'cannot be shown' });
    expect(span.attributes['error.type']).to.equal('internal');
    expect(span.events[0]?.attributes?.['exception.message']).to.equal('cannot be shown');
    expect(logged.length).to.equal(1);
    const scraped = await metrics.scrape();
    expect(
      scraped.series('vango_event_errors_total').filter(({ value }) => value > 0),
    ).to.deep.equal([]);
    expect(scraped.series('vango_events_total')).to.deep.equal([]);
  });

  it('of a clock that goes back leave no event out of the durations', async () => {
    start();
    const { now } = performance;
    const back = (_ctx: unknown, next: () => unknown): unknown => {
      performance.now = () => 0;
      return next();
    };
    try {
      await clickThrowing(new Error('no'), back);
    } finally {
      performance.now = now;
    }
    const scraped = await metrics.scrape();
    expect(scraped.value('vango_event_duration_seconds_count', { path: '/' })).to.equal(1);
    expect(scraped.value('vango_event_duration_seconds_sum', { path: '/' })).to.be.within(0, 60);
    expect(
      scraped.value('vango_event_errors_total', { path: '/', error_type: 'internal' }),
    ).to.equal(1);
  });

  const rejecting = async (): Promise<never> => {
    throw new Error('rejected');
  };
  const unthenable = Object.defineProperty({}, 'then', {
    get() {
      throw new Error('no then');
    },
  });
  const HOOKS: Array<[what: string, config: unknown, told: RegExp[]]> = [
    ['a spanEndHook that rejects', { spanEndHook: rejecting }, [/the spanEndHook failed/]],
    ['a spanEndHook with a then that throws', { spanEndHook: () => unthenable }, []],
    [
      'a filter that rejects',
      { filter: rejecting },
      [/the filter returned a promise, so it keeps all; return true or false/, /the filter failed/],
    ],
    [
      'a filter that promises false',
      { filter: async () => false },
      [/the filter returned a promise/],
    ],
    [
      'a filter with a then that throws',
      { filter: () => unthenable },
      [/the filter returned a value of type object/],
    ],
    [
      'an attributeExtractor that rejects',
      { attributeExtractor: rejecting },
      [
        /the attributeExtractor returned a promise, which adds nothing/,
        /the attributeExtractor failed/,
      ],
    ],
    [
      'an attributeExtractor that gives text',
      { attributeExtractor: () => 'text' },
      [/returned "text", which adds/],
    ],
    ['an attributeExtractor that gives null', { attributeExtractor: () => null }, []],
  ];
  for (const [what, config, expected] of HOOKS) {
    it(`of ${what} are reported once, and each event has its span`, async () => {
      start(config as VangoInstrumentationConfig);
      for (let i = 0; i < 2; i++) await clickThrowing(new Error('no'));
      await new Promise(setImmediate);
      const clicks = traces.spans.filter(({ name }) => name === 'vango.Click');
      expect(clicks.length).to.equal(2);
      expect(
        Object.keys(clicks[0]?.attributes ?? {}).filter(name => /^\d/.test(name)),
      ).to.deep.equal([]);
      expect(told.length).to.equal(expected.length);
      for (const [index, line] of expected.entries()) expect(told[index]).to.match(line);
      expect(rejections).to.deep.equal([]);
    });
  }

  it('of a logger that rejects are reported once, by logger() and by recover()', async () => {
    start();
    const lines = { info: rejecting as never, error: rejecting as never };
    await clickThrowing(new Error('no'), logger({ logger: lines }), recover({ logger: lines }));
    await new Promise(setImmediate);
    expect(rejections).to.deep.equal([]);
    expect(told.map(line => /: (.*) failed/.exec(line)?.[1]).sort()).to.deep.equal([
      'logging a failure',
      'the logger',
    ]);
  });
});
