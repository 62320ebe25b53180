const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
const FLUSH_LIMIT = 5000;

/** What ends when the process does. */
export interface Flushable {
  shutdown(): Promise<void>;
  flush(): Promise<void>;
}

/**
 * Flushes before the process ends, within 5 s. The application's own signal handlers decide about the end; where there is none, the signal has
 * its usual effect once the flush is done.
 */
export function flushAtExit(target: Flushable): void {
  for (const signal of SIGNALS) {
    const listener = (): void => {
      const isSole = process.listenerCount(signal) === 1;
      void within(isSole ? target.shutdown() : target.flush()).then(() => {
        if (!isSole) return;
        process.off(signal, listener);
        process.kill(process.pid, signal);
      });
    };
    process.on(signal, listener);
  }
  process.once('beforeExit', () => {
    void within(target.shutdown());
  });
}

/** Settles with the work, or when its time is up. The timer holds the process only as long as the work could. */
async function within(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>(resolve => {
    timer = setTimeout(resolve, FLUSH_LIMIT);
  });
  await Promise.race([work.catch(() => {}), limit]);
  clearTimeout(timer);
}
