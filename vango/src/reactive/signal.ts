import {
  Signal as CoreSignal,
  computed as coreComputed,
  type ReadonlySignal,
} from '@preact/signals-core';
import type { SignalOperation } from '../metrics';
import { currentScope, type Scope } from './scope';
import { mayWrite } from './writeRules';

export { batch, type ReadonlySignal, untracked } from '@preact/signals-core';

/** A value whose readers are rendered again when it changes. Equal writes (`===`) change nothing. */
export class Signal<T> extends CoreSignal<T> {
  constructor(
    initial: T,
    private readonly owner?: Scope,
    private readonly label = 'of a component',
  ) {
    super(initial);
  }

  override get value(): T {
    return super.value;
  }

  /** @throws Error when written where it may not be and the app asked for `writeViolations: 'throw'`. */
  override set value(next: T) {
    this.write('Set', next);
  }

  /** Writes `change(current)`. */
  update(change: (current: T) => T): void {
    this.write('Update', change(this.peek()));
  }

  private write(operation: SignalOperation, next: T): void {
    if (this.owner === undefined || mayWrite(this.owner, operation, this.label)) super.value = next;
  }
}

/** A computed value, held in a component's slot. */
class ComputedSlot<T> {
  readonly signal: ReadonlySignal<T>;

  constructor(compute: () => T) {
    this.signal = coreComputed(compute);
  }
}

/** A signal: in a render, the component's own (created once, then the same in each render); elsewhere, free-standing. */
export function signal<T>(initial: T): Signal<T> {
  const scope = currentScope();
  if (scope === undefined) return new Signal(initial);
  return scope.slot<Signal<T>>(Signal, () => new Signal(initial, scope));
}

/** A value computed from signals: in a render, the component's own (the function of the first render stays). */
export function computed<T>(compute: () => T): ReadonlySignal<T> {
  const scope = currentScope();
  if (scope === undefined) return coreComputed(compute);
  return scope.slot<ComputedSlot<T>>(ComputedSlot, () => new ComputedSlot(compute)).signal;
}
