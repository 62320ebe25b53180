import { expect } from 'chai';
import fc from 'fast-check';
import { parseTopic } from '../../../src/live/topic';

describe('parseTopic()', () => {
  for (const [text, topic] of [
    ['overview/hour', { kind: 'overview', window: 'hour' }],
    ['sessions/queue', { kind: 'sessions', sort: 'queue', search: '' }],
    ['sessions/memory/4f2a', { kind: 'sessions', sort: 'memory', search: '4f2a' }],
    ['session/0123456789ab', { kind: 'session', id: '0123456789ab' }],
    ['failures', { kind: 'failures', id: '' }],
    ['failures/12-3', { kind: 'failures', id: '12-3' }],
    ['slow/12-3', { kind: 'slow', id: '12-3' }],
    ['telemetry', { kind: 'telemetry' }],
  ] as const) {
    it(`reads ${text}`, () => expect(parseTopic(text)).to.deep.equal(topic));
  }

  for (const text of [
    ...['', 'overview', 'overview/day', 'overview/toString', 'sessions/name', 'sessions/memory/g'],
    ...['session/0123456789abc', 'session/../x', 'failures/1', 'slow/1-2/3/4', 'constructor'],
    ...['failures/<script>', 'telemetry/a/b/c', '__proto__'],
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => expect(parseTopic(text)).to.equal(undefined));
  }

  it('reads nothing else', () => {
    const hostile = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(
        fc.oneof(
          hostile,
          fc.array(hostile).map(parts => parts.join('/')),
        ),
        text => {
          const topic = parseTopic(text);
          if (topic !== undefined) expect(JSON.stringify(topic)).to.match(/^[\w{}":,-]*$/);
        },
      ),
    );
  });
});
