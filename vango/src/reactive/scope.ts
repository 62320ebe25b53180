import type { CtxSession } from '../ctx';
import type { Logger } from '../logger';
import type { RuntimeMetrics } from '../metrics';
import type { ErrorCode } from '../protocol';
import type { RateLimiter } from './rateLimiter';
import { sizeOf } from './size';

/**
 * What happens when a signal is written where it may not be. Such a write is always counted and
 * logged.
 */
export type WriteViolationPolicy = 'warn' | 'throw' | 'drop';

/** An effect that waits for its render to be committed. */
export interface PendingEffect {
  run(): void;
}

/** Values that a session keeps under stable ids. */
export interface NamedValues {
  /** The stored value of an id, if the session was stored with one. */
  restore(id: string): { readonly value: unknown } | undefined;
  /** Stores the value of the signal with the session from now on. */
  add(id: string, signal: { peek(): unknown }): void;
}

/** What components need of the session they live in. */
export interface ScopeSession extends CtxSession {
  readonly resourceStarts: RateLimiter;
  readonly actionStarts: RateLimiter;
  readonly persisted: NamedValues;
  /** Answers an event by an error frame. */
  sendError(code: ErrorCode, message: string): void;
  /** The components of the page it shows. */
  readonly tree: ScopeHost;
}

/** What a tree of scopes lives in: a session, or one page render. */
export interface ScopeHost {
  readonly session: ScopeSession | undefined;
  readonly metrics: RuntimeMetrics;
  readonly logger: Logger;
  readonly writeViolations: WriteViolationPolicy;
  /** Values made by `shared()`, by their definition. */
  readonly sharedValues: Map<object, unknown>;
  /** The scope of values that live as long as the host. */
  readonly rootScope: Scope;
  /** Runs the effect when the current render is committed. */
  scheduleEffect(effect: PendingEffect): void;
}

let current: Scope | undefined;

/** The scope being rendered, if any. */
export function currentScope(): Scope | undefined {
  return current;
}

/** Owns what a component creates in its render: values by call order, and cleanups. */
export class Scope {
  disposed = false;
  /** Number of the last write when this was rendered last; -1 before. */
  renderedAt = -1;
  private slots: object[] | undefined;
  private cursor = 0;
  private cleanups: Array<() => void> | undefined;

  constructor(readonly host: ScopeHost) {}

  /** What a reader of the source calls it. */
  get name(): string {
    return 'a shared value';
  }

  /** Names the scope in stable ids and messages. */
  get path(): string {
    return '';
  }

  /**
   * Runs `run` with this scope as the current one. Slots are handed out from the first one again.
   */
  enter<T>(run: () => T): T {
    this.cursor = 0;
    return this.extend(run);
  }

  /**
   * Runs `run` with this scope as the current one. The slots it asks for are added to the others.
   */
  extend<T>(run: () => T): T {
    const previous = current;
    current = this;
    try {
      return run();
    } finally {
      current = previous;
    }
  }

  /**
   * The value of the next slot, created at its first use.
   *
   * @throws Error when the slot holds another kind of value: the calls of two renders then differ
   *   in number or order
   */
  slot<T extends object>(kind: abstract new (...args: never[]) => T, create: () => T): T {
    this.slots ??= [];
    const index = this.cursor++;
    const held = this.slots[index];
    if (held === undefined) {
      const made = create();
      this.slots[index] = made;
      return made;
    }
    if (!(held instanceof kind)) {
      throw new Error(
        `${this.path || 'A component'} asked for a ${kind.name} where its earlier render ` +
          `created a ${held.constructor.name} (call ${index + 1}). Call signal(), computed(), ` +
          'effect() and the like in the same order in every render: not inside conditions or loops.',
      );
    }
    return held as T;
  }

  /** The number of a value among those of its class, from 1, and how many these are. */
  placeOf(value: object): { number: number; count: number } {
    let number = 0;
    let count = 0;
    for (const slot of this.slots ?? []) {
      if (slot.constructor === value.constructor) count++;
      if (slot === value) number = count;
    }
    return { number, count };
  }

  /** A name for the next slot. It is the same in each process that runs the same code. */
  stableName(kind: string): string {
    return `${this.path}#${kind}${this.cursor}`;
  }

  /** Estimated bytes of the values of this scope. */
  get memory(): number {
    return 128 + sizeOf(this.slots);
  }

  onDispose(cleanup: () => void): void {
    this.cleanups ??= [];
    this.cleanups.push(cleanup);
  }

  /** Runs the cleanups, last one first. Later writes to the scope's signals are refused. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    for (const cleanup of this.cleanups?.reverse() ?? []) {
      try {
        cleanup();
      } catch (error) {
        this.host.logger.error('A cleanup threw', error);
      }
    }
    this.cleanups = undefined;
    this.slots = undefined;
  }
}
