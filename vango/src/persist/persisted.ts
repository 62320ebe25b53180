import { currentScope } from '../reactive/scope';
import { shared } from '../reactive/shared';
import { Signal } from '../reactive/signal';
import { isCompatible, type Schema, type TypeTag, typeTag } from './schema';
import type { StoredValue } from './sessionValues';

const definitions = new Map<string, TypeTag>();

/** What the code of this process persists. */
export function codeSchema(): Schema {
  return Object.fromEntries(definitions);
}

/** Why a stored value cannot be taken over, if it cannot. */
export function misfitOf(id: string, { type }: StoredValue): 'unknown_id' | 'type' | undefined {
  const wanted = definitions.get(id);
  if (wanted === undefined) return 'unknown_id';
  return isCompatible(type, wanted) ? undefined : 'type';
}

/** A signal whose value is kept with its session. */
export class PersistedSignal<T> extends Signal<T> {
  constructor(
    initial: T,
    scope: ConstructorParameters<typeof Signal>[1],
    readonly stableId: string,
    readonly type: TypeTag,
  ) {
    super(initial, scope, stableId);
  }
}

/**
 * Defines a value that each session has once and that is stored with it: it survives a lost process where the app has a store. Call at module level, and call what
 * it returns in renders and handlers. The value must survive JSON.
 * @param initial of each session, copied
 * @throws Error when the key is taken or the initial value does not survive JSON
 */
export function persisted<T>(initial: T, { key }: { key: string }): () => PersistedSignal<T> {
  if (typeof key !== 'string' || key === '')
    throw new TypeError('persisted() needs a key: the name under which the value is stored');
  if (definitions.has(key)) {
    currentScope()?.host.metrics.recordPersistWriteRejected('duplicate_id', key);
    throw new Error(
      `persisted(): the key ${JSON.stringify(key)} is taken; give each value one of its own, and define it once, outside of components`,
    );
  }
  const type = typeTag(initial);
  definitions.set(key, type);
  return shared(() => {
    const scope = currentScope();
    const session = scope?.host.session;
    const stored = session?.persisted.restore(key);
    const value = stored === undefined ? structuredClone(initial) : (stored.value as T);
    const signal = new PersistedSignal(value, scope, key, type);
    session?.persisted.add(signal as PersistedSignal<unknown>);
    return signal;
  });
}
