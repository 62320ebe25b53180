import { AsyncResource } from 'node:async_hooks';
import { AsyncWork } from './asyncWork';
import { Run } from './run';
import { currentScope, type Scope } from './scope';

export type ActionState = 'idle' | 'running' | 'success' | 'error';

/** What happens to a run that is requested while another one is running. */
export type ActionPolicy = 'cancel-latest' | 'drop-while-running' | 'queue';

/** Options of `action()`. */
export interface ActionOptions<T> {
  /** Name for observers. Default: the name of the function, or its place. */
  name?: string;
  /** Default: `cancel-latest`, which cancels the earlier run. */
  policy?: ActionPolicy;
  /** Runs that may wait with the policy `queue`. Default: 10. */
  queue?: number;
  /** Called with the result as dispatched work. */
  onSuccess?: (value: T) => void;
  /** Called with the failure as dispatched work. */
  onError?: (error: unknown) => void;
}

/** An action was started while its queue was full. */
export class ActionQueueFullError extends Error {
  override name = 'ActionQueueFullError';

  constructor(action: string, limit: number) {
    super(`The queue of the action ${action} is full: ${limit} runs wait`);
  }
}

/** Asynchronous work that a handler starts. Its result is applied as dispatched work. */
export class Action<A, T> extends AsyncWork<ActionState, T> {
  private waiting: Array<() => void> = [];

  constructor(
    owner: Scope,
    private readonly work: (argument: A, signal: AbortSignal) => T | Promise<T>,
    name: string,
    private readonly options: ActionOptions<T>,
  ) {
    super(owner, 'action', name, 'idle');
    owner.host.metrics.noteAction(name);
    owner.onDispose(() => this.cancel());
  }

  /** Starts or queues a run. Returns false when the policy or a limit refuses it. */
  run(argument: A): boolean {
    const { session } = this.owner.host;
    if (session === undefined || this.owner.disposed) return false;
    const { policy = 'cancel-latest', queue = 10 } = this.options;
    if (this.running !== undefined && policy === 'drop-while-running') return false;
    if (this.running !== undefined && policy === 'queue') {
      if (this.waiting.length >= queue) {
        this.owner.host.metrics.recordBudgetRefusal('action');
        return this.refuse(new ActionQueueFullError(this.name, queue));
      }
      // It starts later, but in the async context of this call.
      this.waiting.push(AsyncResource.bind(() => this.start(argument)));
      return true;
    }
    try {
      session.actionStarts.take();
    } catch (error) {
      return this.refuse(error);
    }
    this.start(argument);
    return true;
  }

  /** Cancels the run and drops the queue. */
  reset(): void {
    this.cancel();
    this.show({ state: 'idle', error: undefined });
  }

  /** Instrumentation surface: one run. */
  async execute(run: Run<T>): Promise<T> {
    return run.attempt();
  }

  private start(argument: A): void {
    this.running?.cancel();
    const { session } = this.owner.host;
    if (session === undefined) return;
    const run = new Run(this.name, session, signal => this.work(argument, signal));
    this.begin(run, { state: 'running', error: undefined });
  }

  protected onSettled(milliseconds: number, hasFailed: boolean): void {
    const { metrics } = this.owner.host;
    metrics.recordActionDuration(this.name, milliseconds);
    if (hasFailed) metrics.recordActionError(this.name);
  }

  protected succeed(value: T): void {
    this.show({ state: 'success', value });
    this.options.onSuccess?.(value);
    this.startNext();
  }

  protected fail(error: unknown): void {
    this.show({ state: 'error', error });
    this.options.onError?.(error);
    this.startNext();
  }

  /** Starts the run that waits first. A run that a callback has started goes before it. */
  private startNext(): void {
    if (this.running === undefined) this.waiting.shift()?.();
  }

  private refuse(error: unknown): false {
    this.owner.host.metrics.recordActionError(this.name);
    this.show({ state: 'error', error });
    return false;
  }

  private cancel(): void {
    this.running?.cancel();
    this.running = undefined;
    this.waiting = [];
  }
}

/**
 * Creates an action of a component: `const order = action(placeOrder, { name: 'order' })`. Handlers
 * start it by `order.run(values)`.
 *
 * @throws Error when called outside of a render
 */
export function action<A, T>(
  work: (argument: A, signal: AbortSignal) => T | Promise<T>,
  options: ActionOptions<T> = {},
): Action<A, T> {
  const scope = currentScope();
  if (scope === undefined)
    throw new Error('action() was called outside of a component; call it in the render');
  const name = options.name ?? (work.name || scope.stableName('action'));
  return scope.slot<Action<A, T>>(Action, () => new Action(scope, work, name, options));
}
