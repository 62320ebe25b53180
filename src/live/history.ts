import { Histogram } from './histogram';
import { Ring } from './ring';
import { SLOTS, type Slot, WINDOWS, type WindowName } from './wire';

/** What is read once a second. */
export interface Reading {
  readonly active: number;
  readonly detached: number;
  readonly loopDelay: number;
}

/** A slot of time that is not over. */
class OpenSlot {
  events = 0;
  errors = 0;
  readonly durations = new Histogram();
  readonly perceived = new Histogram();
  private loopDelay = 0;

  constructor(
    private readonly span: number,
    private at: number,
  ) {}

  /** Adds a slot that is over. */
  add(slot: Slot): void {
    this.events += slot.events;
    this.errors += slot.errors;
    this.durations.addAll(slot.durations);
    this.perceived.addAll(slot.perceived);
    this.loopDelay = Math.max(this.loopDelay, slot.loopDelay);
  }

  /** Ends the slot and begins the next one. */
  close(now: number, { active, detached, loopDelay }: Reading): Slot {
    const slot: Slot = {
      at: this.at,
      span: this.span,
      events: this.events,
      errors: this.errors,
      durations: this.durations.read(),
      perceived: this.perceived.read(),
      active,
      detached,
      loopDelay: Math.max(this.loopDelay, loopDelay),
    };
    this.at = now;
    this.events = 0;
    this.errors = 0;
    this.durations.clear();
    this.perceived.clear();
    this.loopDelay = 0;
    return slot;
  }
}

/** Events of the last minute by the second, of the last 15 minutes, and of the last hour. */
export class History {
  /** The second that is not over. */
  readonly second: OpenSlot;
  private readonly sums: ReadonlyArray<readonly [WindowName, OpenSlot]>;
  private readonly rings: Readonly<Record<WindowName, Ring<Slot>>>;
  private ticks = 0;

  constructor(now = Date.now()) {
    this.second = new OpenSlot(WINDOWS.minute, now);
    this.sums = (['quarter', 'hour'] as const).map(name => [
      name,
      new OpenSlot(WINDOWS[name], now),
    ]);
    this.rings = { minute: new Ring(SLOTS), quarter: new Ring(SLOTS), hour: new Ring(SLOTS) };
  }

  /** Called each second. */
  tick(reading: Reading, now = Date.now()): void {
    this.ticks++;
    const slot = this.second.close(now, reading);
    this.rings.minute.push(slot);
    for (const [name, sum] of this.sums) {
      sum.add(slot);
      if (this.ticks % WINDOWS[name] === 0) this.rings[name].push(sum.close(now, reading));
    }
  }

  slots(name: WindowName): Slot[] {
    return [...this.rings[name]];
  }
}
