import type { Run } from './run';
import type { Scope } from './scope';
import { Signal } from './signal';

/** What a page can show of its asynchronous work. */
interface Outcome<S, T> {
  readonly state: S;
  readonly value: T | undefined;
  readonly error: unknown;
}

/**
 * Asynchronous work of a component: the loads of a resource, or the runs of an action. One run at a
 * time counts; its result is applied as dispatched work.
 */
export abstract class AsyncWork<S, T> {
  // Not a signal of the component: runs settle in any unit of work.
  private readonly shown: Signal<Outcome<S, T>>;
  /** The run whose result will be applied. */
  protected running: Run<T> | undefined;

  /** @param kind - such as `resource`, for what a render is caused by */
  constructor(
    protected readonly owner: Scope,
    kind: string,
    protected readonly name: string,
    initial: S,
  ) {
    const outcome = { state: initial, value: undefined, error: undefined };
    this.shown = new Signal<Outcome<S, T>>(outcome, undefined, `${kind} ${name}`);
  }

  get state(): S {
    return this.shown.value.state;
  }

  /** The result of the last load or run that succeeded. */
  get value(): T | undefined {
    return this.shown.value.value;
  }

  /** The error of the last load or run, if it failed. */
  get error(): unknown {
    return this.shown.value.error;
  }

  /** Instrumentation surface: does the work of one run. */
  abstract execute(run: Run<T>): Promise<T>;

  /** Called when a run settled that was neither cancelled nor replaced. */
  protected abstract onSettled(milliseconds: number, hasFailed: boolean): void;

  /** Applies the result of a run. */
  protected abstract succeed(value: T): void;

  /** Applies the failure of a run. */
  protected abstract fail(error: unknown): void;

  /** The value, without a subscription of the component that asks. */
  protected peekValue(): T | undefined {
    return this.shown.peek().value;
  }

  protected show(change: Partial<Outcome<S, T>>): void {
    this.shown.value = { ...this.shown.peek(), ...change };
  }

  /** Begins a run, and shows `change` at once: a second run in the same handler sees the first. */
  protected begin(run: Run<T>, change: Partial<Outcome<S, T>>): void {
    this.running = run;
    this.show(change);
    this.execute(run).then(
      value => this.settle(run, false, () => this.succeed(value)),
      error => this.settle(run, true, () => this.fail(error)),
    );
  }

  private settle(run: Run<T>, hasFailed: boolean, apply: () => void): void {
    if (this.running !== run || this.owner.disposed) return;
    this.running = undefined;
    this.onSettled(run.elapsed, hasFailed);
    run.session.dispatch(apply, run);
  }
}
