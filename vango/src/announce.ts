import { channel } from 'node:diagnostics_channel';

/** What a copy of the runtime tells about itself when it is loaded: its version and the classes whose prototypes may be patched. */
export interface Announcement {
  readonly version: string;
  readonly exports: Readonly<Record<string, unknown>>;
}

const LOADED = Symbol.for('vango.modules');

/**
 * Instrumentation surface: tells observers that the runtime is here, in a way that does not depend on how it was loaded. Those that came first hear
 * it on the diagnostics channel `vango:loaded`; those that come later find it in `globalThis[Symbol.for('vango.modules')]`.
 */
export function announce(announcement: Announcement): void {
  const registry = globalThis as { [LOADED]?: Announcement[] };
  registry[LOADED] ??= [];
  registry[LOADED].push(announcement);
  channel('vango:loaded').publish(announcement);
}
