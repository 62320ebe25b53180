import { PARTS, type Stages, type TimelineEntry } from './wire';

/** Entries of all sessions together. */
const MAX_ENTRIES = 20_000;
/** Entries of one session that are sent. */
const MAX_SENT = 300;
/** Stages of an entry. */
const STAGES = [...PARTS, 'perceived'] as const;
/** Names that are kept to be used again. */
const MAX_NAMES = 1000;

/** Something that happened in a session. */
export type NewEntry = Omit<TimelineEntry, 'id'>;

/**
 * What happened in sessions while somebody looks: the last entries of all of them together. Each
 * property has an array of its own: objects that live for a few seconds would be copied by
 * collections of the young generation, which stop the process.
 */
export class Timelines {
  /** Number of entries so far. */
  private count = 0;
  /** Whole ids, which stay in this process. */
  private readonly sessions: string[] = newTexts('');
  private readonly texts = {
    kind: newTexts<NewEntry['kind']>('event'),
    name: newTexts(''),
    route: newTexts(''),
    handler: newTexts<string | undefined>(undefined),
    error: newTexts<string | undefined>(undefined),
  };
  private readonly numbers = {
    at: new Float64Array(MAX_ENTRIES),
    milliseconds: new Float64Array(MAX_ENTRIES),
    patches: new Uint32Array(MAX_ENTRIES),
    bytes: new Uint32Array(MAX_ENTRIES),
  };
  /** Stages of an entry, one after another; `NaN` for one that it has not. */
  private readonly stages = new Float64Array(MAX_ENTRIES * STAGES.length);
  private readonly names = new Map<string, string>();

  /** @returns the number of the entry */
  add(session: string, entry: NewEntry): number {
    const slot = this.count % MAX_ENTRIES;
    const { texts, numbers } = this;
    this.sessions[slot] = session;
    texts.kind[slot] = entry.kind;
    texts.name[slot] = this.known(entry.name);
    texts.route[slot] = entry.route;
    texts.handler[slot] = entry.handler && this.known(entry.handler);
    texts.error[slot] = entry.error;
    numbers.at[slot] = entry.at;
    numbers.milliseconds[slot] = entry.milliseconds;
    numbers.patches[slot] = entry.patches;
    numbers.bytes[slot] = entry.bytes;
    this.put(slot, entry.stages);
    return this.count++;
  }

  /** Sets the stages of an entry, unless it is forgotten. */
  complete(number: number, stages: Stages): void {
    if (number >= this.count - MAX_ENTRIES) this.put(number % MAX_ENTRIES, stages);
  }

  /**
   * The last entries of a session, in order.
   *
   * @param id - its id, or how that begins; if several do, the one that did something last is meant
   */
  of(id: string): TimelineEntry[] {
    const entries: TimelineEntry[] = [];
    const oldest = Math.max(0, this.count - MAX_ENTRIES);
    let session: string | undefined;
    for (let number = this.count - 1; number >= oldest; number--) {
      const owner = this.sessions[number % MAX_ENTRIES] as string;
      if (session === undefined && owner.startsWith(id)) session = owner;
      if (owner !== session) continue;
      entries.push(this.read(number));
      if (entries.length === MAX_SENT) break;
    }
    return entries.reverse();
  }

  private read(number: number): TimelineEntry {
    const slot = number % MAX_ENTRIES;
    const { texts, numbers } = this;
    return {
      id: `${process.pid}-${number}`,
      kind: texts.kind[slot] as NewEntry['kind'],
      name: texts.name[slot] as string,
      route: texts.route[slot] as string,
      handler: texts.handler[slot],
      error: texts.error[slot],
      at: numbers.at[slot] as number,
      milliseconds: numbers.milliseconds[slot] as number,
      patches: numbers.patches[slot] as number,
      bytes: numbers.bytes[slot] as number,
      stages: this.stagesAt(slot),
    };
  }

  private put(slot: number, stages: Stages | undefined): void {
    let index = slot * STAGES.length;
    for (const stage of STAGES) this.stages[index++] = stages?.[stage] ?? Number.NaN;
  }

  private stagesAt(slot: number): Stages | undefined {
    const first = slot * STAGES.length;
    const values = this.stages.subarray(first, first + STAGES.length);
    const [queue = Number.NaN, handler = 0, render = 0, network, browser, perceived] = values;
    if (Number.isNaN(queue)) return undefined;
    const stages = { queue, handler, render };
    return Number.isNaN(perceived) ? stages : { ...stages, network, browser, perceived };
  }

  /** Returns the same text for equal names: that of a handler is put together for each event. */
  private known(name: string): string {
    const known = this.names.get(name);
    if (known !== undefined) return known;
    if (this.names.size === MAX_NAMES) this.names.clear();
    this.names.set(name, name);
    return name;
  }
}

function newTexts<T>(initial: T): T[] {
  return new Array<T>(MAX_ENTRIES).fill(initial);
}
