import { expect } from 'chai';
import { Access } from '../../../src/live/access';

/** So long that a comparison which stops at the first difference takes a visible time. */
const LENGTH = 2 ** 21;
const RUNS = 9;

describe('Access', () => {
  const secret = 's'.repeat(LENGTH);

  it('takes as long for a token that is wrong at its end as for one that is at its start', () => {
    const access = new Access('localhost', secret);
    const early = `x${'s'.repeat(LENGTH - 1)}`;
    const late = `${'s'.repeat(LENGTH - 1)}x`;
    const times = { early: [] as number[], late: [] as number[] };
    const take = (text: string): number => {
      const started = performance.now();
      const isTaken = access.isToken(text);
      const time = performance.now() - started;
      expect(isTaken).to.equal(false);
      return time;
    };
    for (let run = 0; run < RUNS; run++) {
      times.early.push(take(early));
      times.late.push(take(late));
    }
    // The fastest of several, since other processes only make it slower.
    const ratio = Math.min(...times.late) / Math.min(...times.early);
    expect(ratio).to.be.within(0.5, 2);
  });

  it('takes its token alone', () => {
    const access = new Access('localhost', undefined);
    const { token } = access;
    expect(access.isToken(token)).to.equal(true);
    for (const other of ['', token.slice(1), `${token}x`, token.toLowerCase()])
      expect(access.isToken(other), other).to.equal(false);
  });
});
