import { setTimeout as delay } from 'node:timers/promises';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
const FLUSH_LIMIT = 5000;
/** Milliseconds between the flushes of a process that its application ends: short ones while it closes, then a second each, for half a minute. */
const PAUSES: readonly number[] = [50, 100, 200, 400, ...Array<number>(30).fill(1000)];

/** What ends when the process does. */
export interface Flushable {
  shutdown(): Promise<void>;
  flush(): Promise<void>;
}

/**
 * Flushes before the process ends, within 5 s. The application's own signal handlers decide about the end: until then it is flushed again and
 * again. Where there is none, the signal has its usual effect once the flush is done.
 */
export function flushAtExit(target: Flushable): void {
  let round = 0;
  const keepFlushing = async (): Promise<void> => {
    const current = ++round;
    for (const pause of PAUSES) {
      await target.flush().catch(() => {});
      await delay(pause, undefined, { ref: false });
      if (round !== current) return;
    }
  };
  const shutDown = (): Promise<boolean> => {
    round++;
    return within(target.shutdown());
  };

  for (const signal of SIGNALS) {
    const listener = (): void => {
      if (process.listenerCount(signal) > 1) {
        void keepFlushing();
        return;
      }
      void shutDown().then(() => {
        process.off(signal, listener);
        process.kill(process.pid, signal);
      });
    };
    // Before handlers that are there already: one that is called once would not count any more after its call.
    process.prependListener(signal, listener);
  }
  process.once('beforeExit', async () => {
    const isSole = process.listenerCount('beforeExit') === 0;
    const isDone = await shutDown();
    // The application has nothing left to do: only an export that hangs would hold the process.
    if (isSole && !isDone) process.exit();
  });
}

/** Settles with the work, or when its time is up: whether it was done. The timer holds the process only as long as the work could. */
async function within(work: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<boolean>(resolve => {
    timer = setTimeout(resolve, FLUSH_LIMIT, false);
  });
  const done = work.then(
    () => true,
    () => true,
  );
  const isDone = await Promise.race([done, limit]);
  clearTimeout(timer);
  return isDone;
}
