import { expect } from 'chai';
import { Child, stopChildren } from '../../vango/test/support/child';
import { OtlpReceiver } from '../support/otlpReceiver';
import { decode, type Schema } from '../support/protobuf';

describe('protobuf', () => {
  const SCHEMA = {
    Outer: {
      1: ['whole', 'int64'],
      2: ['text', 'string'],
      3: ['inner', 'Inner'],
      4: ['packed', 'fixed64[]'],
      5: ['part', 'double'],
      6: ['bits', 'fixed32'],
      7: ['inners', 'Inner[]'],
      16: ['below', 'sfixed64'],
    },
    Inner: { 1: ['yes', 'bool'] },
  } as const satisfies Schema;
  const outer = (hex: string): unknown =>
    decode(SCHEMA, 'Outer', Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  const NONE = { packed: [], inners: [] };

  it('reads each kind of field', () => {
    const cases: Array<[string, object]> = [
      ['', {}],
      ['08 9601', { whole: 150n }],
      ['08 fdffffffffffffffff01', { whole: -3n }],
      ['12 07 74657374696e67', { text: 'testing' }],
      ['12 03 e282ac', { text: '€' }],
      ['1a 02 0801', { inner: { yes: true } }],
      ['22 10 0100000000000000 0000000001000000', { packed: [1n, 4294967296n] }],
      ['21 0100000000000000 21 0200000000000000', { packed: [1n, 2n] }],
      ['29 000000000000d03f', { part: 0.25 }],
      ['35 ffffffff', { bits: 4294967295 }],
      ['3a 02 0800 3a 00', { inners: [{ yes: false }, {}] }],
      ['8101 fcffffffffffffff', { below: -4n }],
    ];
    for (const [hex, expected] of cases)
      expect(outer(hex), hex).to.deep.equal({ ...NONE, ...expected });
  });

  it('refuses fields that are cut off, of another type, not UTF-8 or unknown', () => {
    const cases: Array<[string, string]> = [
      ['08', 'ends 1 bytes too early'],
      ['12 05 7465', 'ends 3 bytes too early'],
      ['29 0000', 'ends 6 bytes too early'],
      ['08 ffffffffffffffffffff01', 'a varint of more than ten bytes'],
      ['0a 00', 'Outer.whole has wire type 2'],
      ['3a 02 1001', 'Inner has no field 2'],
      ['48 01', 'Outer has no field 9'],
      ['12 01 ff', 'The encoded data was not valid'],
    ];
    for (const [hex, message] of cases) expect(() => outer(hex), hex).to.throw(message);
  });
});

describe('the OTLP receiver', () => {
  let receiver: OtlpReceiver;

  beforeEach(async () => {
    receiver = await OtlpReceiver.start();
  });
  afterEach(async () => {
    await stopChildren();
    await receiver.stop();
  });

  for (const compression of ['none', 'gzip']) {
    it(`takes what the SDK's exporters send, compression ${compression}`, async () => {
      const child = new Child(process.execPath, ['test/fixtures/signals.cjs'], {
        env: {
          ...receiver.environment,
          OTEL_EXPORTER_OTLP_COMPRESSION: compression,
          OTEL_SERVICE_NAME: 'signals',
        },
      });
      expect(await child.exit()).to.deep.equal({ code: 0, signal: null });
      const [parent, client] = JSON.parse(child.output);

      expect(receiver.resource['service.name']).to.equal('signals');
      const [sent] = receiver.named('child');
      expect(receiver.spans.length).to.equal(2);
      expect(receiver.named('parent')[0]?.parentSpanId).to.equal('');
      expect(sent).to.deep.equal({
        traceId: parent.traceId,
        spanId: client.spanId,
        parentSpanId: parent.spanId,
        name: 'child',
        kind: 3,
        startTimeUnixNano: 1700000000_123456789n,
        endTimeUnixNano: 1700000001_000000005n,
        attributes: {
          text: 'grüß dich',
          yes: true,
          no: false,
          whole: 3,
          below: -3,
          part: 0.25,
          list: ['a', 'b'],
        },
        status: { code: 2, message: 'it failed' },
        events: [{ name: 'happened', attributes: { at: 'last' } }],
        links: [{ traceId: parent.traceId, spanId: parent.spanId, attributes: { why: 'because' } }],
        scope: 'spans',
      });

      expect(receiver.value('count', { of: 'a' })).to.equal(7);
      expect(receiver.value('count')).to.equal(undefined);
      expect(receiver.value('weight')).to.equal(0.5);
      expect(receiver.value('level')).to.equal(-4);
      expect(receiver.value('heat')).to.equal(21.5);
      expect(receiver.histogram('size')).to.deep.equal({
        count: 4,
        sum: 303.5,
        bounds: [1, 10],
        bucketCounts: [2, 1, 1],
      });
      const counter = { type: 'sum', temporality: 'cumulative', scope: 'meters' };
      expect(receiver.metrics.get('count')).to.deep.include({
        ...counter,
        ...{ isMonotonic: true, unit: '{thing}', description: 'Things.' },
      });
      expect(receiver.metrics.get('level')).to.deep.include({ ...counter, isMonotonic: false });
      expect(receiver.metrics.get('size')).to.deep.include({
        ...{ type: 'histogram', temporality: 'cumulative', unit: 'By', description: '' },
      });

      expect(receiver.logs).to.deep.equal([
        {
          eventName: '',
          body: 'look',
          severity: 13,
          severityText: 'WARN',
          traceId: parent.traceId,
          spanId: parent.spanId,
          timeUnixNano: 1700000003_000000004n,
          attributes: { where: 'here' },
          scope: 'logger',
        },
      ]);
    });
  }
});
