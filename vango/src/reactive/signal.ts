import {
  Computed as CoreComputed,
  Signal as CoreSignal,
  untracked as coreUntracked,
  type ReadonlySignal,
} from '@preact/signals-core';
import type { SignalOperation } from '../metrics';
import { addCause, noteRead, numberWrite, reading, type Source, setReader } from './renderCauses';
import { currentScope, type Scope } from './scope';
import { mayWrite } from './writeRules';

export { batch, type ReadonlySignal } from '@preact/signals-core';

/** Runs `run` without a subscription to the signals that it reads. */
export function untracked<T>(run: () => T): T {
  return coreUntracked(() => reading(undefined, run));
}

/**
 * A value whose readers render again when it changes. A write of an equal value (`===`) changes
 * nothing.
 */
export class Signal<T> extends CoreSignal<T> {
  /**
   * The value once more: the base class cannot be asked for it without a subscription or a call.
   */
  private current: T;
  /** Number of the last write that changed the value. */
  private writtenAt = 0;

  constructor(
    initial: T,
    private readonly owner?: Scope,
    private readonly label?: string,
  ) {
    super(initial);
    this.current = initial;
  }

  override get value(): T {
    noteRead(this);
    return super.value;
  }

  /** @throws Error when it may not be written here and the app has `writeViolations: 'throw'` */
  override set value(next: T) {
    this.write('Set', next);
  }

  override peek(): T {
    return this.current;
  }

  /** Sets the value to `change(current)`. */
  update(change: (current: T) => T): void {
    this.write('Update', change(this.peek()));
  }

  private write(operation: SignalOperation, next: T): void {
    const { owner, label = 'of a component' } = this;
    if (owner !== undefined && !mayWrite(owner, operation, label)) return;
    if (next !== this.current) this.writtenAt = numberWrite();
    // Before what it causes, which may peek.
    this.current = next;
    try {
      super.value = next;
    } catch (error) {
      this.current = untracked(() => super.value);
      throw error;
    }
  }

  /** Adds the name of this signal, if it was written after the write with the number `since`. */
  addCauses(since: number, causes: string[]): void {
    if (this.writtenAt > since) addCause(causes, this.describe());
  }

  private describe(): string {
    const { owner, label } = this;
    if (owner === undefined) return label ?? 'process-wide signal';
    if (label !== undefined) return `persisted ${label}`;
    const { number, count } = owner.placeOf(this);
    return count > 1 ? `signal ${number} of ${owner.name}` : `signal of ${owner.name}`;
  }
}

/** Sources of a computed value that are remembered. */
const MAX_SOURCES = 16;

/** A computed value. It remembers what it read, so that a render can tell what changed. */
class Computed<T> extends CoreComputed<T> implements Source {
  private readonly sources: Source[];

  constructor(compute: () => T) {
    const sources: Source[] = [];
    const remember = (source: Source): void => {
      if (sources.length < MAX_SOURCES && !sources.includes(source)) sources.push(source);
    };
    super(() => {
      sources.length = 0;
      return reading(remember, compute);
    });
    this.sources = sources;
  }

  override get value(): T {
    const current = super.value;
    noteRead(this);
    return current;
  }

  override peek(): T {
    const outer = setReader(undefined);
    try {
      return super.peek();
    } finally {
      setReader(outer);
    }
  }

  addCauses(since: number, causes: string[]): void {
    for (const source of this.sources) source.addCauses(since, causes);
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
  if (scope === undefined) return new Computed(compute);
  return scope.slot<Computed<T>>(Computed, () => new Computed(compute));
}
