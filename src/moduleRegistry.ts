import { channel } from 'node:diagnostics_channel';
import type { VangoModule } from './internal-types';

const LOADED = Symbol.for('vango.modules');
const CHANNEL = 'vango:loaded';

/** The copies of vango that this process has loaded. */
export function loadedModules(): readonly VangoModule[] {
  return (globalThis as { [LOADED]?: VangoModule[] })[LOADED] ?? [];
}

/**
 * Calls `listener` for each copy that is loaded from now on. The channel belongs to the process: a
 * copy of another global object, such as that of another test file in the same process, is ignored.
 *
 * @returns a function that ends the calls
 */
export function onModuleLoaded(listener: (module: VangoModule) => void): () => void {
  const onMessage = (message: unknown): void => {
    const module = message as VangoModule;
    if (loadedModules().includes(module)) listener(module);
  };
  channel(CHANNEL).subscribe(onMessage);
  return () => void channel(CHANNEL).unsubscribe(onMessage);
}

/** Calls `run` when vango is loaded: now, if it is loaded already. */
export function whenModuleLoaded(run: () => void): void {
  if (loadedModules().length > 0) {
    run();
    return;
  }
  const listener = (): void => {
    channel(CHANNEL).unsubscribe(listener);
    run();
  };
  channel(CHANNEL).subscribe(listener);
}
