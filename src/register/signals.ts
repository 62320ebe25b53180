const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;
type Signal = (typeof SIGNALS)[number];

type Emit = (this: NodeJS.Process, name: string | symbol, ...args: unknown[]) => boolean;

/** What is done before a signal has its effect. */
export interface Interlude {
  /** Where nobody else listens: the signal ends the process once this settles. */
  beforeEnd(): Promise<unknown>;
  /** Where the application listens: it gets the signal once this settles. */
  beforeHandlers(): Promise<unknown>;
}

/**
 * Puts an interlude before the effect of each signal that ends a process, its first time. The effect is what it would be without this: the listeners there
 * are get the signal, and count themselves without this one, or the process ends by it. A second signal ends the interlude at once.
 */
export function beforeSignals(interlude: Interlude): void {
  const watches = new Map<string | symbol, Watch>(
    SIGNALS.map(signal => [signal, new Watch(signal, interlude)]),
  );
  // Listeners cannot keep a signal from those after them. Some libraries raise it again only if nobody but them listens,
  // so that these have to be without company when they get it.
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

/** One signal, until it has come and gone. */
class Watch {
  private state: 'waiting' | 'holding' | 'over' = 'waiting';
  /** How often the signal came while it was held. */
  private held = 0;

  constructor(
    private readonly signal: Signal,
    private readonly interlude: Interlude,
  ) {}

  begin(): void {
    // Node.js binds the emit() of the moment when a signal gets its first listener.
    const others = process.rawListeners(this.signal) as Array<() => void>;
    process.removeAllListeners(this.signal);
    for (const listener of [this.listener, ...others]) process.on(this.signal, listener);
  }

  /** Whether the signal that comes is kept from the application's listeners for now. */
  holds(): boolean {
    const listeners = process.listeners(this.signal);
    if (this.state === 'over' || listeners.length === 1 || !listeners.includes(this.listener))
      return false;
    this.hold(() => this.interlude.beforeHandlers());
    return true;
  }

  /** The listeners have been called. */
  passed(): void {
    if (this.state !== 'over' || this.held === 0) return;
    this.held--;
    if (this.held > 0) this.raise();
  }

  /** Called where nobody else listens. */
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
