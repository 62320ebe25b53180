import { channel } from 'node:diagnostics_channel';

/**
 * What a copy of the runtime announces: its version, and the classes whose prototypes may be
 * patched.
 */
export interface Announcement {
  readonly version: string;
  readonly exports: Readonly<Record<string, unknown>>;
}

const LOADED = Symbol.for('vango.modules');

/**
 * Instrumentation surface: announces the runtime, however it was loaded. Observers that are there
 * already get a message on the diagnostics channel `vango:loaded`. Later ones find the runtime in
 * `globalThis[Symbol.for('vango.modules')]`.
 */
export function announce(announcement: Announcement): void {
  const registry = globalThis as { [LOADED]?: Announcement[] };
  registry[LOADED] ??= [];
  registry[LOADED].push(announcement);
  channel('vango:loaded').publish(announcement);
}

/**
 * Instrumentation surface: announces, on the diagnostics channel `vango:app`, that an app is about
 * to be created. Until then, nothing of this runtime is at work.
 */
export function announceApp(): void {
  channel('vango:app').publish(undefined);
}
