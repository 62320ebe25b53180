import type { Params } from '../ctx';
import { addCause } from '../reactive/renderCauses';

/** Where a page is. */
interface Place {
  readonly route: string;
  readonly params: Params;
  readonly search: string;
}

/** Adds what a navigation changes: the route or, on the same route, parameters and queries. */
export function addNavigationCauses(causes: string[], from: Place, to: Place): void {
  if (from.route !== to.route) {
    addCause(causes, 'route');
    return;
  }
  for (const [name, value] of Object.entries(to.params))
    if (value !== from.params[name]) addCause(causes, `parameter ${name}`);
  if (from.search === to.search) return;
  const [before, after] = [new URLSearchParams(from.search), new URLSearchParams(to.search)];
  for (const name of new Set([...before.keys(), ...after.keys()]))
    if (String(before.getAll(name)) !== String(after.getAll(name)))
      addCause(causes, `query ${name}`);
}
