import { Ring } from './ring';
import type { TimelineEntry } from './wire';

/** Entries of all sessions together. */
const MAX_ENTRIES = 20_000;
/** Entries of one session that are sent. */
const MAX_SENT = 300;

interface Noted {
  readonly session: string;
  readonly entry: TimelineEntry;
}

/** What happened in sessions while somebody looks: the last entries of all of them together. */
export class Timelines {
  private readonly ring = new Ring<Noted>(MAX_ENTRIES);

  add(session: string, entry: TimelineEntry): void {
    this.ring.push({ session, entry });
  }

  /** The last entries of a session, in order. */
  of(session: string): TimelineEntry[] {
    const entries: TimelineEntry[] = [];
    for (const noted of this.ring) if (noted.session === session) entries.push(noted.entry);
    return entries.slice(-MAX_SENT);
  }
}
