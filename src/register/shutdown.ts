import { setTimeout as delay } from 'node:timers/promises';
import { beforeSignals } from './signals';

/** Milliseconds that telemetry may add to the end of a process in all, exports included. */
export const END_LIMIT = 5000;
/** Milliseconds that the signal handlers of the application wait at most. */
const HANDLER_LIMIT = 1000;
/** Milliseconds after which a backend that does not answer is given up. */
const ANSWER_LIMIT = 2000;
/** Milliseconds between flushes while an application closes: short at first, 30 s in all. */
const PAUSES: readonly number[] = [50, 100, 200, 400, ...Array<number>(30).fill(1000)];

/** Telemetry that is flushed before its process ends. */
export interface Flushable {
  shutdown(): Promise<void>;
  flush(): Promise<void>;
}

/**
 * Flushes before the process ends: before a signal has its effect, repeatedly while handlers of the
 * application close it, and when the process has nothing left to do.
 */
export function flushAtExit(target: Flushable): void {
  /** Whether the backend answers. Exports that hang would hold the process for nothing. */
  let answers = true;
  let isFlushing = false;
  let spent = 0;

  const timed = async (work: Promise<void>, limit: number): Promise<boolean> => {
    const started = performance.now();
    const isDone = await within(work, limit);
    spent += performance.now() - started;
    return isDone;
  };
  const flush = async (): Promise<void> => {
    const started = performance.now();
    await target.flush().catch(() => {});
    if (performance.now() - started > ANSWER_LIMIT) answers = false;
  };
  const keepFlushing = async (first: Promise<void>): Promise<void> => {
    if (isFlushing) return;
    isFlushing = true;
    await first;
    for (const pause of PAUSES) {
      await delay(pause, undefined, { ref: false });
      if (!answers) break;
      await flush();
    }
    isFlushing = false;
  };

  beforeSignals({
    beforeEnd: () => within(target.shutdown(), END_LIMIT),
    async beforeHandlers() {
      const first = flush();
      void keepFlushing(first);
      await timed(first, HANDLER_LIMIT);
    },
  });
  process.once('beforeExit', async () => {
    if (!answers) return;
    const isSole = process.listenerCount('beforeExit') === 0;
    const isDone = await timed(target.shutdown(), END_LIMIT - spent);
    // Only an export that hangs holds the process now.
    if (isSole && !isDone) process.exit();
  });
}

/** Resolves with whether the work was done in time. Its timer does not outlive the work. */
async function within(work: Promise<void>, limit: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const up = new Promise<boolean>(resolve => {
    timer = setTimeout(resolve, limit, false);
  });
  const done = work.then(
    () => true,
    () => true,
  );
  const isDone = await Promise.race([done, up]);
  clearTimeout(timer);
  return isDone;
}
