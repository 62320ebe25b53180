import type { LiveFeed } from './live/feed';
import { operatorLine } from './messages';
import type { Recorder } from './metrics/recorder';
import { PACKAGE_NAME, PACKAGE_VERSION } from './version';

const STATE = Symbol.for('vango.otel.state');
/** Increases when copies of this package can no longer share their state. */
const STATE_VERSION = 2;

/** What all copies of this package share in a process. */
export interface ProcessState {
  readonly version: number;
  /** Version of the package that made the state. */
  readonly packageVersion: string;
  /** The instrumentation that patches vango. Others stand aside. */
  owner: object | undefined;
  /** The one recorder of the process. */
  recorder: Recorder | undefined;
  /** What live views show, where there is a live view. */
  live: LiveFeed | undefined;
  /** Whether telemetry may have ids of users. */
  includeUserId: boolean;
  /** Whether developers were warned that the instrumentation came after an application. */
  hasWarnedOfLateness: boolean;
}

const registry = globalThis as { [STATE]?: ProcessState };
const shared = registry[STATE];
const isForeign = shared !== undefined && shared.version !== STATE_VERSION;
const own: ProcessState = {
  version: STATE_VERSION,
  packageVersion: PACKAGE_VERSION,
  owner: undefined,
  recorder: undefined,
  live: undefined,
  includeUserId: false,
  hasWarnedOfLateness: false,
};
if (shared === undefined) registry[STATE] = own;
else if (isForeign) {
  operatorLine(
    `telemetry: ${PACKAGE_NAME} ${PACKAGE_VERSION} stands aside, since another version ` +
      `(${shared.packageVersion ?? 'unknown'}) is loaded; install one version only`,
  );
}
const state = isForeign ? own : (shared ?? own);

/**
 * Whether this copy cannot share the state of the process, because a copy of another version made
 * it. It then patches nothing and records nothing, so that nothing is recorded twice.
 */
export function standsAside(): boolean {
  return isForeign;
}

/** The state that this copy of the package shares with others. */
export function processState(): ProcessState {
  return state;
}
