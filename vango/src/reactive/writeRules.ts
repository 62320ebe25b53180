import type { SignalOperation, WriteViolationReason } from '../metrics';
import { runningEffect } from './effect';
import { currentScope, type Scope } from './scope';
import { currentTurn } from './turn';

const EXPLANATIONS: Record<WriteViolationReason, string> = {
  prefetch: 'while a page was prefetched',
  effect: 'in the body of an effect',
  render: 'during a render',
  off_loop: "outside its session's turn; use ctx.dispatch(() => ...) from timers and callbacks",
  disposed: 'after its component was disposed',
};

/** Writes that reach nothing, or a page that nobody has asked for yet. */
const NEVER_WRITTEN = new Set<WriteViolationReason>(['disposed', 'prefetch']);

function violationOf(owner: Scope): WriteViolationReason | undefined {
  if (owner.disposed) return 'disposed';
  const turn = currentTurn();
  if (turn?.kind === 'prefetch') return 'prefetch';
  if (runningEffect()) return 'effect';
  if (currentScope() !== undefined) return 'render';
  if (turn === undefined || turn.ended || turn.session !== owner.host.session) return 'off_loop';
  return undefined;
}

/**
 * Whether a signal of `owner` may be written now. A violation is counted and logged, and then
 * treated as the app configured.
 *
 * @throws Error with the policy `throw`
 */
export function mayWrite(owner: Scope, operation: SignalOperation, signalName: string): boolean {
  const reason = violationOf(owner);
  if (reason === undefined) return true;
  const { metrics, logger, writeViolations } = owner.host;
  metrics.recordSignalWriteViolation(operation, reason);
  const message = `Signal ${signalName} was written ${EXPLANATIONS[reason]}`;
  if (writeViolations === 'throw') throw new Error(message);
  logger.warn(`${message}${writeViolations === 'drop' ? '; the write was dropped' : ''}`);
  return writeViolations !== 'drop' && !NEVER_WRITTEN.has(reason);
}
