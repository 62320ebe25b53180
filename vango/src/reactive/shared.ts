import { currentScope, type ScopeHost } from './scope';
import { currentTurn } from './turn';

function currentHost(): ScopeHost {
  const host = currentScope()?.host ?? currentTurn()?.session?.tree;
  if (host === undefined) {
    throw new Error(
      'A shared value was asked for outside of a session; call its accessor in a render, ' +
        'a handler or dispatched work',
    );
  }
  return host;
}

/**
 * Defines a value that each session has once, for all its pages and components. Call `shared()` at
 * module level, and what it returns in renders and handlers. Signals that `create` makes live as
 * long as the session.
 */
export function shared<T>(create: () => T): () => T {
  const definition = {};
  return () => {
    const host = currentHost();
    if (!host.sharedValues.has(definition)) {
      host.sharedValues.set(definition, host.rootScope.extend(create));
    }
    return host.sharedValues.get(definition) as T;
  };
}
