import { expect } from 'chai';
import { beforeSignals, type Interlude } from '../../../src/register/signals';
import { waitFor } from '../../../vango/test/support/wait';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;

describe('beforeSignals()', () => {
  const { emit } = process;
  const before = new Map(SIGNALS.map(signal => [signal, process.listeners(signal)]));
  let steps: string[];

  beforeEach(() => {
    steps = [];
  });

  afterEach(() => {
    process.emit = emit;
    for (const [signal, listeners] of before) {
      process.removeAllListeners(signal);
      for (const listener of listeners) process.on(signal, listener);
    }
  });

  /** Notes in `steps` when an application with a handler gets a signal. */
  const handle = (): void => {
    steps.push('handled');
  };
  const raise = (): boolean => process.kill(process.pid, 'SIGUSR2');
  const until = (...expected: string[]): Promise<unknown> =>
    waitFor(expected.join(', '), () => steps.join() === expected.join());

  /** Work that notes its start and lasts until it is released. */
  function work(): { interlude: Interlude; release(): void } {
    let release = (): void => {};
    const released = new Promise<void>(resolve => {
      release = resolve;
    });
    const beforeHandlers = (): Promise<void> => {
      steps.push('work');
      return released;
    };
    const beforeEnd = (): Promise<void> => Promise.reject(new Error('not the end'));
    return { interlude: { beforeHandlers, beforeEnd }, release };
  }

  for (const order of ['before', 'after']) {
    it(`holds a signal back from a handler that was set ${order} it`, async () => {
      const { interlude, release } = work();
      if (order === 'before') process.on('SIGUSR2', handle);
      beforeSignals(interlude);
      if (order === 'after') process.on('SIGUSR2', handle);
      raise();
      await until('work');
      release();
      await until('work', 'handled');
    });
  }

  it('lets a second signal end the work, and passes both', async () => {
    beforeSignals(work().interlude);
    process.on('SIGUSR2', handle);
    raise();
    await until('work');
    raise();
    await until('work', 'handled', 'handled');
  });

  it('does the work once, also if it fails', async () => {
    beforeSignals({
      ...work().interlude,
      beforeHandlers: () => {
        steps.push('work');
        return Promise.reject(new Error('the backend is down'));
      },
    });
    process.on('SIGUSR2', handle);
    raise();
    await until('work', 'handled');
    raise();
    await until('work', 'handled', 'handled');
  });

  it('hides its listener from a handler that acts only if it is alone', async () => {
    const { interlude, release } = work();
    beforeSignals(interlude);
    process.on('SIGUSR2', () => steps.push(`of ${process.listenerCount('SIGUSR2')}`));
    release();
    raise();
    await until('work', 'of 1');
  });

  it('passes other events of the process at once', () => {
    beforeSignals(work().interlude);
    const name = 'an event of this test';
    process.once(name, handle);
    expect([process.emit(name as never), process.emit(name as never)]).to.deep.equal([true, false]);
    expect(steps).to.deep.equal(['handled']);
  });
});
