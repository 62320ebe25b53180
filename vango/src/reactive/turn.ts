import { AsyncLocalStorage } from 'node:async_hooks';
import type { CtxKind } from '../ctx';
import { isPromise, type MaybePromise } from '../maybePromise';
import type { ScopeSession } from './scope';

/** A unit of work while it runs. Signals may be written only during one. */
export interface Turn {
  readonly kind: CtxKind;
  readonly session: ScopeSession | undefined;
  /** Set when the unit of work is over; what still runs in its async context is outside of it. */
  ended: boolean;
}

const turns = new AsyncLocalStorage<Turn>();

/** The unit of work that this code runs in, if any. */
export function currentTurn(): Turn | undefined {
  return turns.getStore();
}

/**
 * Runs `run(first, second)` as `turn`, whatever async context the caller has, and ends the turn
 * when the result is there. Throws or rejects as `run` does.
 */
export function inTurn<A, B>(
  turn: Turn,
  run: (first: A, second: B) => MaybePromise<void>,
  first: A,
  second: B,
): MaybePromise<void> {
  let pending: MaybePromise<void>;
  try {
    pending = turns.run(turn, run, first, second);
  } catch (error) {
    turn.ended = true;
    throw error;
  }
  if (isPromise(pending)) return endAfter(turn, pending);
  turn.ended = true;
}

async function endAfter(turn: Turn, pending: Promise<void>): Promise<void> {
  try {
    await pending;
  } finally {
    turn.ended = true;
  }
}
