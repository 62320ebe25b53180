import { AsyncLocalStorage } from 'node:async_hooks';
import type { CtxKind } from '../session/ctx';
import type { Session } from '../session/session';

/** One unit of work of a session: an event, dispatched work, a mount. Signals may be written only during one. */
export interface Turn {
  readonly session: Session | undefined;
  readonly kind: CtxKind;
  /** Set when the unit of work is over: what still runs in its async context is outside of it. */
  ended: boolean;
}

const turns = new AsyncLocalStorage<Turn>();

/** The unit of work this code runs in, if any. */
export function currentTurn(): Turn | undefined {
  return turns.getStore();
}

/** Runs `run(subject)` as part of `turn`, whatever async context the caller has. */
export function inTurn<S, R>(turn: Turn, run: (subject: S) => R, subject: S): R {
  return turns.run(turn, run, subject);
}
