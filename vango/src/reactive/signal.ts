import {
  Signal as CoreSignal,
  computed as coreComputed,
  type ReadonlySignal,
} from '@preact/signals-core';
import type { SignalOperation } from '../metrics';
import { currentScope, type Scope } from './scope';
import { mayWrite } from './writeRules';

export { batch, type ReadonlySignal, untracked } from '@preact/signals-core';

/**
 * A value whose readers render again when it changes. A write of an equal value (`===`) changes
 * nothing.
 */
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

  /** @throws Error when it may not be written here and the app has `writeViolations: 'throw'` */
  override set value(next: T) {
    this.write('Set', next);
  }

  /** Sets the value to `change(current)`. */
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

/** Creates a signal. In a render it belongs to the component: later renders get the same one. */
export function signal<T>(initial: T): Signal<T> {
  const scope = currentScope();
  if (scope === undefined) return new Signal(initial);
  return scope.slot<Signal<T>>(Signal, () => new Signal(initial, scope));
}

/**
 * Creates a value computed from signals. In a render it belongs to the component, and keeps the
 * function of the first render.
 */
export function computed<T>(compute: () => T): ReadonlySignal<T> {
  const scope = currentScope();
  if (scope === undefined) return coreComputed(compute);
  return scope.slot<ComputedSlot<T>>(ComputedSlot, () => new ComputedSlot(compute)).signal;
}
