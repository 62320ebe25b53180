import { currentScope } from '../reactive/scope';
import { shared } from '../reactive/shared';
import { Signal } from '../reactive/signal';
import { define, isDefined, typeTag } from './schema';

/**
 * Defines a value that each session has once and that is stored with it. Where the app has a store,
 * the value survives a lost process. Call `persisted()` at module level, and what it returns in
 * renders and handlers.
 *
 * @param initial - value of each new session, copied; it must survive JSON
 * @throws Error when the key is taken
 */
export function persisted<T>(initial: T, { key }: { key: string }): () => Signal<T> {
  if (typeof key !== 'string' || key === '')
    throw new TypeError('persisted() needs a key: the name under which the value is stored');
  if (isDefined(key)) {
    currentScope()?.host.metrics.recordPersistWriteRejected('duplicate_id', key);
    throw new Error(
      `persisted(): the key ${JSON.stringify(key)} is taken; give each value a key of its own, ` +
        'and define it once, outside of components',
    );
  }
  define(key, typeTag(initial));
  return shared(() => {
    const scope = currentScope();
    const session = scope?.host.session;
    const stored = session?.persisted.restore(key);
    const value = stored === undefined ? structuredClone(initial) : (stored.value as T);
    const signal = new Signal(value, scope, key);
    session?.persisted.add(key, signal);
    return signal;
  });
}
