import {
  type Context,
  createTraceState,
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  SamplingDecision,
  trace,
} from '@opentelemetry/api';
import { expect } from 'chai';
import { inSession } from '../../../src/sampling/sessionRoot';
import { sessionSampler } from '../../../src/sampling/sessionSampler';

const SAMPLER = sessionSampler(0.1);
const HIGH = `${'0'.repeat(18)}e6660000000000`;
const LOW = `${'1'.repeat(18)}e665ffffffffff`;
const SPAN = 'b'.repeat(16);

/** Below this parent, or with its tracestate alone if its trace id is undefined. */
function below(traceId: string | undefined, sampled: boolean, traceState?: string): Context {
  return trace.setSpanContext(ROOT_CONTEXT, {
    ...(traceId === undefined ? INVALID_SPAN_CONTEXT : { traceId, spanId: SPAN }),
    traceFlags: sampled ? 1 : 0,
    ...(traceState !== undefined && { traceState: createTraceState(traceState) }),
  });
}

/** In a session whose connect has this trace context. */
function inSessionOf(traceparent: string | undefined): Context {
  const session = { id: 'c'.repeat(32), traceparent } as Parameters<typeof inSession>[1];
  return inSession(ROOT_CONTEXT, session);
}

/** Whether a span is kept, and its tracestate. */
function decide(context: Context, traceId = HIGH, sampler = SAMPLER): [boolean, string] {
  const { decision, traceState } = sampler.shouldSample(context, traceId, '', 0, {}, []);
  return [decision === SamplingDecision.RECORD_AND_SAMPLED, traceState?.serialize() ?? ''];
}

describe('sessionSampler()', () => {
  for (const [ratio, threshold] of [
    [1, '0'],
    [0.5, '8'],
    [1 / 3, 'aaab'],
    [0.25, 'c'],
    [0.2, 'cccd'],
    [0.125, 'e'],
    [0.1, 'e666'],
    [0.0625, 'f'],
    [0.01, 'fd70a'],
    [0.001, 'ffbe77'],
    [0.0001, 'fff9724'],
    [0.00001, 'ffff583a'],
    [0.000001, 'ffffef39'],
    [2 ** -56, 'f'.repeat(12)],
  ] as const) {
    it(`writes the threshold ${threshold} of the specification for ${ratio}`, () =>
      expect(decide(ROOT_CONTEXT, 'f'.repeat(32), sessionSampler(ratio))).to.deep.equal([
        true,
        `ot=th:${threshold}`,
      ]));
  }

  it('keeps nothing at 0', () =>
    expect(decide(ROOT_CONTEXT, 'f'.repeat(32), sessionSampler(0))).to.deep.equal([false, '']));

  for (const [name, context, traceId, kept, traceState] of [
    ['a root by its trace id', ROOT_CONTEXT, HIGH, true, 'ot=th:e666'],
    ['a root by its trace id', ROOT_CONTEXT, LOW, false, ''],
    [
      'a root by its explicit randomness',
      below(undefined, false, 'ot=rv:ffffffffffffff'),
      LOW,
      true,
      'ot=th:e666;rv:ffffffffffffff',
    ],
    [
      'a root by its explicit randomness',
      below(undefined, false, 'ot=rv:00000000000000'),
      HIGH,
      false,
      'ot=rv:00000000000000',
    ],
    [
      'a root, and leaves the entries of others',
      below(undefined, false, 'ot=p:8;rv:ffffffffffffff;th:xyz,vendor=1'),
      LOW,
      true,
      'ot=th:e666;rv:ffffffffffffff;p:8,vendor=1',
    ],
    [
      'a root by its trace id where the randomness is malformed',
      below(undefined, false, 'ot=rv:FFFFFFFFFFFFFF'),
      LOW,
      false,
      'ot=rv:FFFFFFFFFFFFFF',
    ],
    ['a child by its parent', below(LOW, true), LOW, true, ''],
    ['a child by its parent', below(HIGH, false), HIGH, false, ''],
    [
      'a child by its parent, with its threshold',
      below(LOW, true, 'ot=th:c;rv:d0000000000000'),
      LOW,
      true,
      'ot=th:c;rv:d0000000000000',
    ],
    [
      'a child by its parent, without a threshold that says otherwise',
      below(LOW, true, 'ot=th:e666,vendor=1'),
      LOW,
      true,
      'vendor=1',
    ],
    [
      'a child by its parent, without a threshold that says otherwise',
      below(LOW, false, 'ot=th:c;rv:d0000000000000'),
      LOW,
      false,
      'ot=rv:d0000000000000',
    ],
    [
      'a root of a session by its connect',
      inSessionOf(`00-${HIGH}-${SPAN}-01`),
      LOW,
      true,
      'ot=th:e666;rv:e6660000000000',
    ],
    [
      'a root of a session by its connect',
      inSessionOf(`00-${LOW}-${SPAN}-00`),
      HIGH,
      false,
      'ot=rv:e665ffffffffff',
    ],
    [
      'a root of a session that was kept at another ratio',
      inSessionOf(`00-${LOW}-${SPAN}-01`),
      LOW,
      true,
      'ot=rv:e665ffffffffff',
    ],
    [
      'a root of a session that was dropped at another ratio',
      inSessionOf(`00-${HIGH}-${SPAN}-00`),
      HIGH,
      false,
      'ot=rv:e6660000000000',
    ],
    [
      'a root of a session without a connect by its id',
      inSessionOf(undefined),
      HIGH,
      false,
      'ot=rv:d2d035665b519c',
    ],
  ] as const) {
    it(`decides on ${name}: ${kept ? 'keeps' : 'drops'} it with "${traceState}"`, () =>
      expect(decide(context, traceId)).to.deep.equal([kept, traceState]));
  }

  it('says what it does', () =>
    expect(sessionSampler(0.25).toString()).to.equal('SessionSampler{0.25}'));

  for (const ratio of [-0.1, 1.1, Number.NaN, '0.1' as never])
    it(`refuses ${JSON.stringify(ratio)}`, () =>
      expect(() => sessionSampler(ratio)).to.throw(TypeError, /give a number from 0 to 1$/));
});
