import { expect } from 'chai';
import { type NewEntry, Timelines } from '../../../src/live/timeline';

function entry(name: string): NewEntry {
  return { at: 0, kind: 'mount', name, route: '/', milliseconds: 1, patches: 0, bytes: 0 };
}

describe('Timelines', () => {
  const START = '0123456789ab';
  const [first, second] = [`${START}0`, `${START}1`];
  const namesOf = (timelines: Timelines, session: string): string[] =>
    timelines.of(session).map(({ name }) => name);

  it('never mix two sessions up whose ids begin alike', () => {
    const timelines = new Timelines();
    for (const [session, name] of [
      [first, 'a'],
      [second, 'b'],
      [first, 'c'],
      [second, 'd'],
    ] as const)
      timelines.add(session, entry(name));
    expect(namesOf(timelines, first)).to.deep.equal(['a', 'c']);
    expect(namesOf(timelines, second)).to.deep.equal(['b', 'd']);
    expect(namesOf(timelines, START)).to.deep.equal(['b', 'd']);
  });

  it('keep the last 20,000 entries, and tell the last 300 of a session', () => {
    const timelines = new Timelines();
    for (let i = 0; i < 1000; i++) timelines.add(first, entry(`${i}`));
    expect(namesOf(timelines, first)).to.have.length(300);
    expect(namesOf(timelines, first).at(-1)).to.equal('999');
    for (let i = 0; i < 19_999; i++) timelines.add(second, entry('other'));
    expect(namesOf(timelines, first)).to.deep.equal(['999']);
    expect(namesOf(timelines, 'f')).to.deep.equal([]);
  });

  it('read back what they were given, and what an ack added', () => {
    const timelines = new Timelines();
    const given: NewEntry = {
      ...{ at: 1.5, kind: 'event', name: 'Click', route: '/a', handler: 'add', error: 'internal' },
      ...{ milliseconds: 2.5, patches: 3, bytes: 4, stages: { queue: 0, handler: 2, render: 0.5 } },
    };
    const number = timelines.add(first, given);
    const shown = { queue: 0, handler: 2, render: 0.5, network: 1, browser: 0, perceived: 3.5 };
    const [before] = timelines.of(first);
    expect(before).to.deep.equal({ ...given, id: `${process.pid}-${number}` });
    timelines.complete(number, shown);
    expect(timelines.of(first)[0]?.stages).to.deep.equal(shown);
    for (let i = 0; i < 20_000; i++) timelines.add(second, entry('other'));
    timelines.complete(number, shown);
    expect(timelines.of(second)[0]).to.deep.include({ name: 'other', stages: undefined });
  });
});
