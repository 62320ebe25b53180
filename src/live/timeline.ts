import { Ring } from './ring';
import type { TimelineEntry } from './wire';

/** Entries of all sessions together. */
const MAX_ENTRIES = 20_000;
/** Entries of one session that are sent. */
const MAX_SENT = 300;

interface Noted {
  /** The whole id, which stays in this process. */
  readonly session: string;
  readonly entry: TimelineEntry;
}

/** What happened in sessions while somebody looks: the last entries of all of them together. */
export class Timelines {
  private readonly ring = new Ring<Noted>(MAX_ENTRIES);

  add(session: string, entry: TimelineEntry): void {
    this.ring.push({ session, entry });
  }

  /**
   * The last entries of a session, in order.
   *
   * @param id - its id, or how that begins; if several do, the one that did something last is meant
   */
  of(id: string): TimelineEntry[] {
    const noted = [...this.ring].filter(({ session }) => session.startsWith(id));
    const session = noted.at(-1)?.session;
    return noted
      .filter(entry => entry.session === session)
      .slice(-MAX_SENT)
      .map(({ entry }) => entry);
  }
}
