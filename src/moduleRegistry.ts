import { channel } from 'node:diagnostics_channel';
import type { VangoModule } from './internal-types';

const LOADED = Symbol.for('vango.modules');
const LOADED_CHANNEL = 'vango:loaded';
const APP_CHANNEL = 'vango:app';

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
  channel(LOADED_CHANNEL).subscribe(onMessage);
  return () => void channel(LOADED_CHANNEL).unsubscribe(onMessage);
}

/** Calls `run` when vango is loaded: now, if it is loaded already. */
export function whenModuleLoaded(run: () => void): void {
  if (isModuleLoaded()) run();
  else once(LOADED_CHANNEL, run);
}

export function isModuleLoaded(): boolean {
  return loadedModules().length > 0;
}

/** Calls `run` before the next app is created. */
export function beforeNextApp(run: () => void): void {
  once(APP_CHANNEL, run);
}

function once(name: string, run: () => void): void {
  const listener = (): void => {
    channel(name).unsubscribe(listener);
    run();
  };
  channel(name).subscribe(listener);
}
