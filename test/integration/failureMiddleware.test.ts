import { trace } from '@opentelemetry/api';
import { type LogRecord, logs } from '@opentelemetry/api-logs';
import { expect } from 'chai';
import { logger, openTelemetry, recover, VangoInstrumentation } from '../../src';
import { processState } from '../../src/processState';
import { type App, createApp, h, type Middleware } from '../../vango/src';
import { silentLogger } from '../../vango/test/support/logger';
import { waitFor } from '../../vango/test/support/wait';
import { type LoadedPage, loadPage, WireClient } from '../../vango/test/support/wireClient';
import { TestTraces } from './support';

const ERROR = 17;

describe('one record for each failure', () => {
  let instrumentation: VangoInstrumentation | undefined;
  let traces: TestTraces;
  let app: App;
  let records: LogRecord[];
  let lines: Array<Record<string, unknown>>;
  const to = {
    info() {},
    error: (fields: Record<string, unknown>, message: string) =>
      void lines.push({ ...fields, message }),
  };

  beforeEach(() => {
    records = [];
    lines = [];
    traces = new TestTraces();
    logs.setGlobalLoggerProvider({
      getLogger: () => ({ enabled: () => true, emit: record => void records.push(record) }),
    });
  });
  afterEach(async () => {
    await app.close();
    instrumentation?.disable();
    instrumentation = undefined;
    logs.disable();
    trace.disable();
    processState().recorder = undefined;
  });

  function instrument(hasTracer = false): void {
    instrumentation = new VangoInstrumentation();
    if (hasTracer) instrumentation.setTracerProvider(traces.provider);
  }

  const failures = (): LogRecord[] => records.filter(record => record.severityNumber === ERROR);
  const names = (): unknown[] => failures().map(({ eventName }) => eventName);

  /** Serves a page whose button does what is asked, after middleware. */
  async function visit(
    onClick: (...args: never[]) => unknown,
    middleware: readonly unknown[] = [],
  ): Promise<{ page: LoadedPage; client: WireClient }> {
    app = createApp({ logger: silentLogger() });
    for (const each of middleware) app.use(each as Middleware);
    app.page('/', () =>
      h('main', null, [h('button', { id: 'it', onClick: onClick as () => void })]),
    );
    const { port } = await app.listen(0, '127.0.0.1');
    const page = await loadPage(`http://127.0.0.1:${port}`, '/');
    return { page, client: await WireClient.connect(page.socketUrl) };
  }

  function fail(): never {
    throw new TypeError('no');
  }

  const WAYS: Array<[string, instrumented: boolean, () => unknown[], lines: number]> = [
    ['the instrumentation', true, () => [], 0],
    ['openTelemetry()', false, () => [openTelemetry()], 0],
    ['logger()', false, () => [logger({ logger: to })], 1],
    ['recover()', false, () => [recover({ logger: to })], 1],
    ['logger() and recover()', false, () => [logger({ logger: to }), recover({ logger: to })], 1],
    ['recover() and logger()', false, () => [recover({ logger: to }), logger({ logger: to })], 1],
    [
      'the instrumentation, logger() and recover()',
      true,
      () => [logger({ logger: to }), recover({ logger: to })],
      1,
    ],
    [
      'all of them',
      true,
      () => [openTelemetry(), recover({ logger: to }), openTelemetry(), logger({ logger: to })],
      1,
    ],
  ];
  for (const [what, isInstrumented, middleware, expected] of WAYS) {
    it(`is made by ${what}, and ${expected} line at error level`, async () => {
      if (isInstrumented) instrument();
      const { page, client } = await visit(fail, middleware());
      await client.click(page.hid('it'));
      expect(names()).to.deep.equal(['vango.event.exception']);
      expect(failures()[0]?.attributes).to.include({
        'exception.type': 'TypeError',
        'exception.message': 'no',
        'http.route': '/',
        'vango.event_type': 'Click',
        'session.id': client.hello?.sessionId,
        'error.type': 'internal',
      });
      expect(lines.length).to.equal(expected);
      for (const line of lines) {
        expect(line.message).to.be.oneOf(['vango.Click', 'recovered: no']);
        expect(line.stack).to.match(/^TypeError: no\n/);
      }
    });
  }

  it('is in the context of its span, and logger() makes one of a span that is recorded', async () => {
    instrument(true);
    const { page, client } = await visit(fail, [logger({ logger: to })]);
    await client.click(page.hid('it'));
    const [click] = traces.spans.filter(({ name }) => name === 'vango.Click');
    expect(click?.events.map(({ name }) => name)).to.deep.equal(['exception']);
    expect(names()).to.deep.equal(['vango.event.exception']);
    const [record] = failures();
    expect(record?.context && trace.getSpanContext(record.context)).to.deep.equal(
      click?.spanContext(),
    );
    expect(record?.attributes).to.include({ event_type: 'Click', status: 'error', patch_count: 0 });
  });

  it('is made of an error that is thrown again and again', async () => {
    instrument();
    const shared = new Error('shared');
    const { page, client } = await visit(() => {
      throw shared;
    });
    for (let i = 0; i < 3; i++) await client.click(page.hid('it'));
    expect(names()).to.deep.equal(Array(3).fill('vango.event.exception'));
  });

  it('is made of a mount and its connect, of a navigation and of dispatched work', async () => {
    instrument();
    let isBroken = false;
    const { page, client } = await visit(
      (ctx: { dispatch(run: () => void): void }) => ctx.dispatch(fail),
      [
        (ctx: { kind: string }, next: () => unknown) =>
          isBroken && ctx.kind !== 'event' ? fail() : next(),
      ],
    );
    client.event('Click', page.hid('it'));
    await waitFor('the work', () => records.length > 0);
    expect(names()).to.deep.equal(['vango.dispatch.exception']);
    isBroken = true;
    client.event('Navigate', '', { path: '/', replace: false });
    await waitFor('the navigation', () => records.length > 1);
    await WireClient.connect(page.socketUrl);
    expect(names().slice(1)).to.deep.equal([
      'vango.event.exception',
      'vango.mount.exception',
      'vango.connect.exception',
    ]);
    expect(failures()[1]?.attributes?.['vango.event_type']).to.equal('Navigate');
  });

  for (const isInstrumented of [true, false]) {
    it(`is made of a resume, with openTelemetry() and ${isInstrumented ? 'an' : 'no'} instrumentation`, async () => {
      if (isInstrumented) instrument();
      const { page, client } = await visit(fail, [
        openTelemetry(),
        (ctx: { kind: string }, next: () => unknown) => (ctx.kind === 'resume' ? fail() : next()),
      ]);
      client.drop();
      const sessionId = client.hello?.sessionId ?? '';
      await WireClient.connect(page.socketUrl, { sessionId });
      expect(names()).to.deep.equal(['vango.resume.exception']);
      expect(failures()[0]?.attributes?.['session.id']).to.equal(sessionId);
    });
  }

  for (const [what, thrown, message] of [
    ['nothing', '', ''],
    ['a number', 7, '7'],
    ['an object without prototype', Object.create(null), '[Object: null prototype] {}'],
    ['a frozen error', Object.freeze(new Error('frozen')), 'frozen'],
  ] as const) {
    it(`is made of ${what} that was thrown`, async () => {
      instrument();
      const { page, client } = await visit(() => {
        throw thrown;
      });
      await client.click(page.hid('it'));
      expect(failures().map(({ body }) => body)).to.deep.equal([message]);
    });
  }
});
