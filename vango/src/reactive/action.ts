import { AsyncResource } from 'node:async_hooks';
import { Signal as CoreSignal } from '@preact/signals-core';
import { Run } from './run';
import { currentScope, type Scope } from './scope';

export type ActionState = 'idle' | 'running' | 'success' | 'error';

/** How a run is treated that is asked for while another one is running. */
export type ActionPolicy = 'cancel-latest' | 'drop-while-running' | 'queue';

/** Options of `action()`. */
export interface ActionOptions<T> {
  /** Name for observers. Default: the name of the function, or its place. */
  name?: string;
  /** Default: `cancel-latest`, which cancels the run before. */
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
export class Action<A, T> {
  private readonly current = new CoreSignal<{
    state: ActionState;
    value: T | undefined;
    error: unknown;
  }>({
    state: 'idle',
    value: undefined,
    error: undefined,
  });
  private running: Run<T> | undefined;
  private waiting: Array<() => void> = [];

  constructor(
    private readonly owner: Scope,
    private readonly work: (argument: A, signal: AbortSignal) => T | Promise<T>,
    private readonly name: string,
    private readonly options: ActionOptions<T>,
  ) {
    owner.onDispose(() => this.cancel());
  }

  get state(): ActionState {
    return this.current.value.state;
  }

  /** Result of the last run that succeeded. */
  get value(): T | undefined {
    return this.current.value.value;
  }

  /** Error of the last run, if it failed. */
  get error(): unknown {
    return this.current.value.error;
  }

  /** Starts or queues a run. Returns false when the policy or a limit refuses it. */
  run(argument: A): boolean {
    const { session } = this.owner.host;
    if (session === undefined || this.owner.disposed) return false;
    const { policy = 'cancel-latest', queue = 10 } = this.options;
    if (this.running !== undefined && policy === 'drop-while-running') return false;
    if (this.running !== undefined && policy === 'queue') {
      if (this.waiting.length >= queue)
        return this.refuse(new ActionQueueFullError(this.name, queue));
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
    this.running = run;
    // At once, so that a second run in the same handler sees the first.
    this.show({ state: 'running', error: undefined });
    this.execute(run).then(
      value => this.settle(run, undefined, () => this.succeed(value)),
      error => this.settle(run, { error }, () => this.fail(error)),
    );
  }

  private settle(run: Run<T>, failure: { error: unknown } | undefined, apply: () => void): void {
    if (this.running !== run || this.owner.disposed) return;
    this.running = undefined;
    const { metrics } = this.owner.host;
    metrics.recordActionDuration(this.name, run.elapsed);
    if (failure !== undefined) metrics.recordActionError(this.name);
    run.session.dispatch(() => {
      apply();
      // The callback may have started a run; the queue then waits for that.
      if (this.running === undefined) this.waiting.shift()?.();
    }, run);
  }

  private succeed(value: T): void {
    this.show({ state: 'success', value });
    this.options.onSuccess?.(value);
  }

  private fail(error: unknown): void {
    this.show({ state: 'error', error });
    this.options.onError?.(error);
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

  private show(change: Partial<{ state: ActionState; value: T; error: unknown }>): void {
    this.current.value = { ...this.current.peek(), ...change };
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
