import { expect } from 'chai';
import fc from 'fast-check';
import { History } from '../../../src/live/history';
import { Ring } from '../../../src/live/ring';
import { Routes } from '../../../src/live/routes';
import { SLOTS } from '../../../src/live/wire';

describe('Ring', () => {
  it('keeps the last entries, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 20 }), (entries, capacity) => {
        const ring = new Ring<number>(capacity);
        for (const entry of entries) ring.push(entry);
        expect([...ring]).to.deep.equal(entries.slice(-capacity));
      }),
    );
  });
});

describe('History', () => {
  const READING = { active: 3, detached: 1, loopDelay: 2 };

  it('has a minute by the second, 15 minutes, and an hour', () => {
    const history = new History(0);
    for (let second = 1; second <= 3600; second++) {
      history.second.events += 2;
      history.second.errors += second % 10 === 0 ? 1 : 0;
      history.second.durations.add(0.01);
      history.tick({ ...READING, loopDelay: second }, second * 1000);
    }
    const [minute, quarter, hour] = (['minute', 'quarter', 'hour'] as const).map(name =>
      history.slots(name),
    );
    for (const slots of [minute, quarter, hour]) expect(slots).to.have.length(SLOTS);
    expect(minute?.at(-1)).to.include({ at: 3599_000, span: 1, events: 2, errors: 1 });
    expect(quarter?.at(0)).to.include({ at: 2700_000, span: 15, events: 30, loopDelay: 2715 });
    expect(hour?.at(0)).to.deep.include({ at: 0, span: 60, events: 120, errors: 6, active: 3 });
    const counted = hour?.flatMap(({ durations }) => durations.filter((_, i) => i % 2 === 1));
    expect(counted?.reduce((sum, count) => sum + count, 0)).to.equal(3600);
  });
});

describe('Routes', () => {
  it('forget what is older than a minute', () => {
    const routes = new Routes();
    routes.of('/old').events = 7;
    for (let second = 0; second < 30; second++) routes.tick();
    routes.of('/old').events = 2;
    routes.of('/new').events = 1;
    const eventsOf = (): Record<string, number> =>
      Object.fromEntries(routes.rows(['/old', '/new']).map(({ route, events }) => [route, events]));
    expect(eventsOf()).to.deep.equal({ '/old': 9, '/new': 1 });
    expect(routes.seconds).to.equal(30);
    for (let second = 0; second < 30; second++) routes.tick();
    expect(eventsOf()).to.deep.equal({ '/old': 2, '/new': 1 });
    expect(routes.seconds).to.equal(50);
  });
});
