import { expect } from 'chai';
import { Child, stopChildren } from '../../vango/test/support/child';
import { loadPage, WireClient } from '../../vango/test/support/wireClient';
import { OtlpReceiver } from '../support/otlpReceiver';
import type { ReceivedLog, ReceivedSpan } from '../support/received';

const ERROR = 17;
/** What the fixture fails with, by operation. */
const FAILURES = {
  event: ['TypeError', 'no event', 'internal'],
  page: ['SyntaxError', 'no page', 'internal'],
  action: ['Error', 'no order', 'validation'],
  resource: ['RangeError', 'no stock', 'internal'],
  resume: ['Error', 'no resume', 'internal'],
} as const;
type Operation = keyof typeof FAILURES;
const OPERATIONS = Object.keys(FAILURES) as Operation[];

describe('failures as log records, over OTLP', function () {
  this.timeout(120_000);
  let receiver: OtlpReceiver;

  beforeEach(async () => {
    receiver = await OtlpReceiver.start();
  });
  afterEach(async () => {
    await stopChildren();
    await receiver.stop();
  });

  /** Starts the fixture with telemetry; its page is visited by none yet. */
  async function start(env: Record<string, string>): Promise<{ child: Child; origin: string }> {
    const args = ['--require', '@vango/opentelemetry/register', 'test/fixtures/failing.cjs'];
    const child = new Child(process.execPath, args, {
      env: {
        ...receiver.environment,
        OTEL_METRICS_EXPORTER: 'none',
        OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
        OTEL_TRACES_SAMPLER_ARG: '0.01',
        ...env,
      },
    });
    const [, origin = ''] = await child.until(/listening on (\S+)/, 60_000);
    return { child, origin };
  }

  /** Has the fixture fail once in each way, in a session of its own. */
  async function failOnce(origin: string): Promise<void> {
    await fetch(`${origin}/broken/1`);
    const page = await loadPage(origin, '/items/1');
    const client = await WireClient.connect(page.socketUrl);
    const shows = (text: string): boolean =>
      client.patches.some(patch => 'value' in patch && patch.value === text);
    await client.click(page.hid('fail'));
    client.event('Click', page.hid('order'));
    await client.until(() => shows('order error'));
    client.event('Click', page.hid('reload'));
    await client.until(() => shows('stock error'));
    client.drop();
    const again = await WireClient.connect(page.socketUrl, {
      sessionId: client.hello?.sessionId ?? '',
    });
    expect(again.hello?.status).not.to.equal(0);
    await again.close();
  }

  /** Has the fixture fail in each way so many times, and end. Returns what it printed. */
  async function failOften(each: number, env: Record<string, string>): Promise<string> {
    const { child, origin } = await start(env);
    const visitors = Array.from({ length: 10 }, async () => {
      for (let i = 0; i < each / 10; i++) await failOnce(origin);
    });
    await Promise.all(visitors);
    child.signal('SIGTERM');
    await child.exit();
    return child.output;
  }

  const failed = (): ReceivedSpan[] => receiver.spans.filter(({ status }) => status.code === 2);
  const exceptionsOf = ({ events }: ReceivedSpan): string[] =>
    events
      .filter(({ name }) => name === 'exception')
      .map(event => String(event.attributes['exception.message']));
  const recordsOf = (operation: Operation): ReceivedLog[] =>
    receiver.logs.filter(({ eventName }) => eventName === `vango.${operation}.exception`);

  it('are exactly 1,000 for 1,000 failures of five kinds at a ratio of 0.01', async () => {
    await failOften(200, { OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN: 'logs' });
    expect(receiver.logs.length).to.equal(1000);
    for (const operation of OPERATIONS) {
      const records = recordsOf(operation);
      expect(records.length, operation).to.equal(200);
      const [type, message, errorType] = FAILURES[operation];
      for (const { attributes, body, severity, severityText, scope } of records) {
        expect([severity, severityText, scope, body]).to.deep.equal([
          ...[ERROR, 'ERROR', '@vango/opentelemetry', message],
        ]);
        const { 'exception.stacktrace': stack, 'session.id': session, ...others } = attributes;
        expect(String(stack)).to.match(new RegExp(`^${type}: ${message}\\n +at .*failing.cjs:`));
        if (operation !== 'page') expect(session).to.match(/^[0-9a-f]{32}$/);
        expect(others).to.deep.equal({
          'exception.type': type,
          'exception.message': message,
          'error.type': errorType,
          'http.route': operation === 'page' ? '/broken/:id' : '/items/:id',
          ...(operation === 'event' && { 'vango.event_type': 'Click' }),
          ...(operation === 'action' && { 'vango.action': 'order' }),
          ...(operation === 'resource' && { 'vango.resource': 'stock' }),
        });
      }
      const places = new Set(records.map(({ traceId, spanId }) => `${traceId} ${spanId}`));
      expect(places.size).to.equal(200);
      for (const place of places) expect(place).to.match(/^[0-9a-f]{32} [0-9a-f]{16}$/);
    }

    const spans = new Map(failed().map(span => [span.spanId, span]));
    expect(spans.size).to.be.within(1, 40);
    for (const span of spans.values()) {
      expect(exceptionsOf(span)).to.deep.equal([]);
      const [record, ...more] = receiver.logs.filter(({ spanId }) => spanId === span.spanId);
      expect(more).to.deep.equal([]);
      expect(record?.traceId).to.equal(span.traceId);
      expect(record?.attributes['error.type']).to.equal(span.attributes['error.type']);
    }
  });

  const HALF = { OTEL_TRACES_SAMPLER_ARG: '0.5' };
  const messageOf = (span: ReceivedSpan): string => String(span.status.message);
  const messages = OPERATIONS.flatMap(name => Array<string>(20).fill(FAILURES[name][1]));

  it('are those alone that no span has, by default', async () => {
    await failOften(20, HALF);
    const spans = failed();
    expect(spans.length).to.be.within(10, 90);
    for (const span of spans) expect(exceptionsOf(span)).to.deep.equal([messageOf(span)]);
    expect([...receiver.logs.map(({ body }) => body), ...spans.map(messageOf)]).to.have.members(
      messages,
    );
    const recorded = new Set(receiver.logs.map(({ spanId }) => spanId));
    expect(spans.filter(({ spanId }) => recorded.has(spanId))).to.deep.equal([]);
  });

  it('are all of them beside the events of spans with logs/dup', async () => {
    await failOften(20, { ...HALF, OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN: 'logs/dup' });
    const spans = failed();
    expect(spans.length).to.be.within(10, 90);
    for (const span of spans) expect(exceptionsOf(span)).to.deep.equal([messageOf(span)]);
    expect(receiver.logs.map(({ body }) => body)).to.have.members(messages);
  });

  for (const [signal, warnings] of [
    ['', 0],
    ['logs', 1],
    ['logs/dup', 1],
  ] as const) {
    it(`are ${warnings} warnings and nothing else without a logs SDK, asked for "${signal}"`, async () => {
      const printed = await failOften(10, {
        OTEL_TRACES_SAMPLER_ARG: '1',
        OTEL_LOGS_EXPORTER: 'none',
        OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN: signal,
      });
      expect(receiver.logs).to.deep.equal([]);
      const spans = failed();
      expect(spans.length).to.equal(50);
      for (const span of spans)
        expect(exceptionsOf(span)).to.deep.equal(signal === 'logs' ? [] : [messageOf(span)]);
      const lines = printed.split('\n').filter(line => line.includes('telemetry problem'));
      expect(lines.length, printed).to.equal(warnings);
      for (const line of lines)
        expect(line).to.include('no logs SDK takes them; set OTEL_LOGS_EXPORTER');
    });
  }
});
