import type { Recorder } from './metrics/recorder';

const STATE = Symbol.for('vango.otel.state');

/** What all copies of this package in a process share. */
export interface ProcessState {
  /** The instrumentation that patches vango; others stand down. */
  owner: object | undefined;
  /** The one place where this process counts. */
  recorder: Recorder | undefined;
  /** Whether it was said that the instrumentation came after the application. */
  toldOfLateness: boolean;
}

const registry = globalThis as { [STATE]?: ProcessState };
registry[STATE] ??= { owner: undefined, recorder: undefined, toldOfLateness: false };
const state = registry[STATE];

export function processState(): ProcessState {
  return state;
}
