import { channel } from 'node:diagnostics_channel';
import type { VangoModule } from './internal-types';

const LOADED = Symbol.for('vango.modules');
const CHANNEL = 'vango:loaded';

/** The copies of vango this process has loaded. */
export function announcedModules(): readonly VangoModule[] {
  return (globalThis as { [LOADED]?: VangoModule[] })[LOADED] ?? [];
}

/**
 * Calls `listener` for each copy that is loaded from now on, until what it gives is called. The
 * channel is the process's: a copy that some other global object has loaded, such as that of
 * another test file in the same process, is none of ours.
 */
export function onAnnouncement(listener: (module: VangoModule) => void): () => void {
  const onMessage = (message: unknown): void => {
    const module = message as VangoModule;
    if (announcedModules().includes(module)) listener(module);
  };
  channel(CHANNEL).subscribe(onMessage);
  return () => void channel(CHANNEL).unsubscribe(onMessage);
}

/** Calls `run` once vango is there: now, or when it is loaded first. */
export function whenAnnounced(run: () => void): void {
  if (announcedModules().length > 0) {
    run();
    return;
  }
  const listener = (): void => {
    channel(CHANNEL).unsubscribe(listener);
    run();
  };
  channel(CHANNEL).subscribe(listener);
}
