import { channel } from 'node:diagnostics_channel';
import type { VangoModule } from './internal-types';

const LOADED = Symbol.for('vango.modules');
const CHANNEL = 'vango:loaded';

/** The copies of vango this process has loaded. */
export function announcedModules(): readonly VangoModule[] {
  return (globalThis as { [LOADED]?: VangoModule[] })[LOADED] ?? [];
}

/** Calls `listener` for each copy that is loaded from now on. */
export function onAnnouncement(listener: (module: VangoModule) => void): void {
  channel(CHANNEL).subscribe(message => listener(message as VangoModule));
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
