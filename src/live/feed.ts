import type { Sessions } from '../internal-types';
import type { Recorder } from '../metrics/recorder';
import { FailureRing } from './failureRing';
import { Watch } from './watch';

/** Milliseconds that a process goes on to gather after it was asked: a page may be loaded anew. */
const LEASE = 60_000;

/** What one process tells live views: its failures, and what it gathers while somebody looks. */
export class LiveFeed {
  readonly failures = new FailureRing();
  /** Undefined while nobody looks. */
  watch: Watch | undefined;
  private lease: NodeJS.Timeout | undefined;
  private recorder: Recorder | undefined;

  /**
   * Gathers from now on, for a while.
   *
   * @param recorder - the one of this process, once there is one
   */
  begin(recorder: Recorder | undefined): Watch {
    if (this.lease === undefined) this.lease = setTimeout(() => this.end(), LEASE).unref();
    else this.lease.refresh();
    this.watch ??= new Watch(() => countsOf(this.recorder?.sessions ?? []));
    this.recorder = recorder;
    if (recorder !== undefined) recorder.tap = this.watch.measured;
    return this.watch;
  }

  /** Forgets all that was gathered. */
  end(): void {
    clearTimeout(this.lease);
    this.lease = undefined;
    this.watch?.stop();
    this.watch = undefined;
    if (this.recorder !== undefined) this.recorder.tap = undefined;
  }
}

/** The sessions of all apps by state. */
export function countsOf(apps: Iterable<Sessions>): { active: number; detached: number } {
  const sum = { active: 0, detached: 0 };
  for (const sessions of apps) {
    const { active, detached } = sessions.counts();
    sum.active += active;
    sum.detached += detached;
  }
  return sum;
}
