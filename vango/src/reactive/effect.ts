import { currentScope, type Scope } from './scope';
import { Tracked } from './track';

let running = false;

/** Whether the body of an effect is running. */
export function runningEffect(): boolean {
  return running;
}

/**
 * An effect of a component. It runs after commit, and again after the commit that follows a change
 * of a signal it read.
 */
export class EffectSlot {
  private readonly tracked = new Tracked(
    () => this.runBody(),
    () => this.owner.host.scheduleEffect(this),
  );
  private cleanup: (() => void) | undefined;

  constructor(
    private readonly owner: Scope,
    private readonly body: () => void | (() => void),
  ) {
    owner.onDispose(() => this.stop());
    owner.host.scheduleEffect(this);
  }

  run(): void {
    if (this.owner.disposed) return;
    this.stop();
    this.tracked.run();
  }

  private runBody(): void {
    running = true;
    try {
      this.cleanup = this.body() ?? undefined;
    } finally {
      running = false;
    }
  }

  private stop(): void {
    this.tracked.stop();
    const { cleanup } = this;
    this.cleanup = undefined;
    cleanup?.();
  }
}

/**
 * Runs `body` after this render is committed, and again after each change of a signal it read. The
 * function that it returns is called before the next run and when the component is removed. Effects
 * never run while a page is rendered for HTTP.
 *
 * @throws Error when called outside of a render
 */
export function effect(body: () => void | (() => void)): void {
  const scope = currentScope();
  if (scope === undefined)
    throw new Error('effect() was called outside of a component; call it in the render');
  scope.slot(EffectSlot, () => new EffectSlot(scope, body));
}
