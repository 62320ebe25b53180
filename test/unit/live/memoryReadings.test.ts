import { expect } from 'chai';
import type { Session } from '../../../src/internal-types';
import { MemoryReadings } from '../../../src/live/memoryReadings';

/** A session whose memory takes a millisecond to measure. */
function slowSession(bytes: number): Session {
  return {
    get memory() {
      const end = performance.now() + 1;
      while (performance.now() < end);
      return bytes;
    },
  } as Session;
}

describe('MemoryReadings', () => {
  it('measure some sessions in a round, go on there, and begin anew after the last', async () => {
    const sessions = Array.from({ length: 30 }, (_, bytes) => slowSession(bytes));
    const readings = new MemoryReadings();
    const known = (): number => sessions.filter(one => readings.of(one) !== undefined).length;
    await readings.round(sessions);
    const first = known();
    expect(first).to.be.within(1, 10);
    while (known() < sessions.length) {
      const before = known();
      await readings.round(sessions);
      expect(known()).to.be.within(before + 1, before + 10);
    }
    expect(sessions.map(session => readings.of(session))).to.deep.equal([...sessions.keys()]);
    const late = slowSession(7);
    while (readings.of(late) === undefined) await readings.round([late, ...sessions]);
    expect(readings.of(late)).to.equal(7);
  });

  it('measure all that are asked for, and let the event loop turn', async () => {
    const sessions = Array.from({ length: 5 }, (_, bytes) => slowSession(bytes));
    const readings = new MemoryReadings();
    let turns = 0;
    const count = (): void => {
      turns++;
      counting = setImmediate(count);
    };
    let counting = setImmediate(count);
    await readings.measure(sessions);
    clearImmediate(counting);
    expect(sessions.map(session => readings.of(session))).to.deep.equal([0, 1, 2, 3, 4]);
    expect(turns).to.be.at.least(4);
  });
});
