import { expect } from 'chai';
import { Timelines } from '../../../src/live/timeline';
import type { TimelineEntry } from '../../../src/live/wire';

function entry(id: string): TimelineEntry {
  return { id, at: 0, kind: 'mount', name: '', route: '/', milliseconds: 1, patches: 0, bytes: 0 };
}

describe('Timelines', () => {
  const START = '0123456789ab';
  const [first, second] = [`${START}0`, `${START}1`];
  const idsOf = (timelines: Timelines, session: string): string[] =>
    timelines.of(session).map(({ id }) => id);

  it('never mix two sessions up whose ids begin alike', () => {
    const timelines = new Timelines();
    for (const [session, id] of [
      [first, 'a'],
      [second, 'b'],
      [first, 'c'],
      [second, 'd'],
    ] as const)
      timelines.add(session, entry(id));
    expect(idsOf(timelines, first)).to.deep.equal(['a', 'c']);
    expect(idsOf(timelines, second)).to.deep.equal(['b', 'd']);
    expect(idsOf(timelines, START)).to.deep.equal(['b', 'd']);
  });

  it('keep the last 20,000 entries, and tell the last 300 of a session', () => {
    const timelines = new Timelines();
    for (let i = 0; i < 1000; i++) timelines.add(first, entry(`${i}`));
    expect(idsOf(timelines, first)).to.have.length(300);
    expect(idsOf(timelines, first).at(-1)).to.equal('999');
    for (let i = 0; i < 19_999; i++) timelines.add(second, entry('other'));
    expect(idsOf(timelines, first)).to.deep.equal(['999']);
    expect(idsOf(timelines, 'f')).to.deep.equal([]);
  });
});
