import { currentScope, type ScopeHost } from './scope';
import { currentTurn } from './turn';

function currentHost(): ScopeHost {
  const host = currentScope()?.host ?? currentTurn()?.session?.tree;
  if (host === undefined) {
    throw new Error(
      'A shared value was asked for outside of a session; call its accessor in a render, a handler or dispatched work',
    );
  }
  return host;
}

/**
 * Defines a value of which each session has one instance, whichever page or component asks: call at module level, and call what
 * it returns in renders and handlers. Signals made by `create` live as long as the session.
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
