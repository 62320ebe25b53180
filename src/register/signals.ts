const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;
type Signal = (typeof SIGNALS)[number];

type Emit = (this: NodeJS.Process, name: string | symbol, ...args: unknown[]) => boolean;

/** Work that is done before a signal has its effect. */
export interface Interlude {
  /** Where nothing else listens: the signal ends the process when this settles. */
  beforeEnd(): Promise<unknown>;
  /** Where the application listens: it gets the signal when this settles. */
  beforeHandlers(): Promise<unknown>;
}

/**
 * Does work before the first effect of each signal that ends a process. The effect itself stays as
 * it was: the listeners of the application get the signal, and do not see ours, or the process
 * ends. A second signal ends the work at once.
 */
export function beforeSignals(interlude: Interlude): void {
  const watches = new Map<string | symbol, Watch>(
    SIGNALS.map(signal => [signal, new Watch(signal, interlude)]),
  );
  // A listener cannot hold a signal back from the next one. Some libraries raise it again only if
  // they are alone, so ours has to be gone when they get it.
  const emit = process.emit as Emit;
  process.emit = function (
    this: NodeJS.Process,
    name: string | symbol,
    ...args: unknown[]
  ): boolean {
    const watch = watches.get(name);
    if (watch?.holds() === true) return true;
    const heard = emit.call(this, name, ...args);
    watch?.passed();
    return heard;
  } as typeof process.emit;
  for (const watch of watches.values()) watch.begin();
}

/** Watches one signal until it has had its effect. */
class Watch {
  private state: 'waiting' | 'holding' | 'over' = 'waiting';
  /** How often the signal came while it was held back. */
  private held = 0;

  constructor(
    private readonly signal: Signal,
    private readonly interlude: Interlude,
  ) {}

  begin(): void {
    // Node.js binds emit() when a signal gets its first listener.
    const others = process.rawListeners(this.signal) as Array<() => void>;
    process.removeAllListeners(this.signal);
    for (const listener of [this.listener, ...others]) process.on(this.signal, listener);
  }

  /** Whether the signal is held back from the listeners of the application for now. */
  holds(): boolean {
    const listeners = process.listeners(this.signal);
    if (this.state === 'over' || listeners.length === 1 || !listeners.includes(this.listener))
      return false;
    this.hold(() => this.interlude.beforeHandlers());
    return true;
  }

  /** Called after the listeners. */
  passed(): void {
    if (this.state !== 'over' || this.held === 0) return;
    this.held--;
    if (this.held > 0) this.raise();
  }

  /** Called where nothing else listens. */
  private readonly listener = (): void => this.hold(() => this.interlude.beforeEnd());

  private hold(work: () => Promise<unknown>): void {
    this.held++;
    if (this.state === 'holding') {
      this.release();
      return;
    }
    this.state = 'holding';
    const release = (): void => {
      if (this.state === 'holding') this.release();
    };
    work().then(release, release);
  }

  private release(): void {
    this.state = 'over';
    process.off(this.signal, this.listener);
    this.raise();
  }

  private raise(): void {
    process.kill(process.pid, this.signal);
  }
}
