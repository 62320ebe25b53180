import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import fc from 'fast-check';
import type { UnitOfWork } from '../../../src/internal-types';
import { FailureRing } from '../../../src/live/failureRing';

const ID = '0123456789abcdef0123456789abcdef';

function failed(error: unknown, unit: object = {}): Parameters<FailureRing['add']>[0] {
  return {
    unit: { route: '/', kind: 'event', ...unit } as UnitOfWork,
    operation: 'event',
    error,
    errorType: 'internal',
    trace: undefined,
    user: undefined,
  };
}

describe('FailureRing', () => {
  it('keeps the last 100, the last one first', () => {
    const ring = new FailureRing();
    for (let i = 0; i < 250; i++) ring.add(failed(new Error(`failure ${i}`)));
    const { rows, chosen } = ring.list('');
    expect(rows).to.have.length(100);
    expect(rows[0]?.message).to.equal('failure 249');
    expect(rows.at(-1)?.message).to.equal('failure 150');
    expect(rows[0]).not.to.have.property('stack');
    expect(chosen).to.equal(undefined);
    expect(ring.list(rows[1]?.id ?? '').chosen?.stack).to.match(/^Error: failure 248\n {4}at /);
  });

  it('has the start of the id of a session', () => {
    const ring = new FailureRing();
    ring.add(failed(new Error('no'), { session: { id: ID } }));
    expect(JSON.stringify(ring.list('')))
      .to.include('0123456789ab')
      .and.not.include(ID.slice(0, 13));
  });

  it('takes whatever is thrown, and keeps a bounded part of it', () => {
    fc.assert(
      fc.property(fc.anything(), fc.string({ maxLength: 10_000 }), (thrown, text) => {
        const ring = new FailureRing();
        ring.add(failed(thrown));
        ring.add(failed(new Error(text.repeat(10))));
        const { rows } = ring.list('');
        const full = rows.map(({ id }) => ring.list(id).chosen);
        for (const failure of full) expect(JSON.stringify(failure).length).to.be.below(40_000);
        expect(full[0]?.message.length).to.be.at.most(500);
        expect(full[0]?.stack.length).to.be.at.most(4000);
      }),
    );
  });

  it('holds at most 600 KiB, and nothing of larger texts', () => {
    const ring = new FailureRing();
    ring.add(failed(new Error('first')));
    const before = heap();
    fillWithHuge(ring);
    expect(heap() - before).to.be.below(600 * 1024);
    expect(ring.list('').rows).to.have.length(100);
  });
});

/** A function of its own, whose temporary values are gone when it has returned. */
function fillWithHuge(ring: FailureRing): void {
  for (let i = 0; i < 150; i++) {
    const error = new Error(`${i} ${'é'.repeat(300_000)}`);
    error.stack = `${error.message}\n${'    at frame (file.ts:1:1)\n'.repeat(1000)}`;
    ring.add(failed(error));
  }
}

function heap(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}
