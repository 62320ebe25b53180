import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Session, UnitOfWork } from '../internal-types';
import { reportFailure } from '../messages';
import type { Series } from '../metrics/series';
import { safely } from '../safely';
import { History } from './history';
import { MemoryReadings } from './memoryReadings';
import { Routes } from './routes';
import { cutName, rowId, shortId } from './text';
import { TICK } from './tick';
import { type NewEntry, Timelines } from './timeline';
import { Waterfalls } from './waterfalls';
import type { EntryKind, Stages } from './wire';

/** Milliseconds between two looks at the event loop. */
const LOOP_INTERVAL = 10;

/** Live sessions by state. */
interface Counts {
  readonly active: number;
  readonly detached: number;
}

/** An operation that was observed. */
export interface Observed {
  readonly unit: UnitOfWork;
  readonly operation: string;
  /** How long it took. */
  readonly milliseconds: number;
  readonly errorType: string | undefined;
  readonly trace: string | undefined;
}

/** A load of a resource or a run of an action that was observed. */
export interface ObservedRun {
  readonly kind: 'resource' | 'action';
  readonly name: string;
  readonly session: Session;
  readonly milliseconds: number;
  readonly errorType: string | undefined;
}

const ENTRY = Symbol('vango.live.entry');

/** A unit of work with the number of its entry, which its ack completes. */
interface NotedUnit extends UnitOfWork {
  [ENTRY]?: number;
}

/** What operations are called in a timeline. Others are not of a session. */
const KINDS: Readonly<Record<string, EntryKind>> = {
  event: 'event',
  connect: 'connect',
  resume: 'resume',
  mount: 'mount',
  dispatch: 'dispatch',
};

type Measure = (watch: Watch, values: readonly string[], value: number) => void;

/** The metrics that are followed, by their id in the catalogue. */
const MEASURES: Readonly<Record<string, Measure>> = {
  events({ history: { second }, routes }, [, path = '', status], count) {
    const route = routes.of(path);
    route.events += count;
    second.events += count;
    if (status !== 'error') return;
    route.errors += count;
    second.errors += count;
  },
  eventDuration({ history: { second }, routes }, [path = ''], seconds) {
    routes.of(path).durations.add(seconds);
    second.durations.add(seconds);
  },
  eventPerceived: ({ history: { second } }, _, seconds) => second.perceived.add(seconds),
  patchBytes({ routes }, [path = ''], bytes) {
    const route = routes.of(path);
    route.frames++;
    route.bytes += bytes;
  },
};

/** What is gathered while somebody looks. All of it is bounded, and gone when nobody does. */
export class Watch {
  readonly history = new History();
  readonly routes = new Routes();
  readonly timelines = new Timelines();
  readonly waterfalls = new Waterfalls();
  readonly memory = new MemoryReadings();
  private readonly loop: IntervalHistogram = monitorEventLoopDelay({ resolution: LOOP_INTERVAL });
  private readonly timer: NodeJS.Timeout;

  /** @param counts - counts the live sessions */
  constructor(counts: () => Counts) {
    this.loop.enable();
    const tick = (): void => this.tick(counts());
    this.timer = setInterval(() => safely('metric', 'the live view', tick), TICK).unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.loop.disable();
  }

  /** Follows the metrics. Called for each measurement. */
  readonly measured = ({ metric, values }: Series, value: number): void => {
    try {
      MEASURES[metric]?.(this, values, value);
    } catch (error) {
      reportFailure('metric', 'following the metrics', error);
    }
  };

  /** An operation has ended. Its span has not. */
  operationEnded({ unit, operation, milliseconds, errorType, trace }: Observed): void {
    const kind = KINDS[operation];
    const { session, event } = unit;
    const noted: NotedUnit = unit;
    if (kind === undefined || session === undefined || noted[ENTRY] !== undefined) return;
    const at = kind === 'event' ? receiptOf(unit, milliseconds) : Date.now() - milliseconds;
    const stages = kind === 'event' ? stagesOf(unit, milliseconds) : undefined;
    const handler = unit.handler && cutName(unit.handler.name);
    const name = event?.type ?? '';
    const { route, patchCount: patches, patchBytes: bytes = 0 } = unit;
    const error = errorType;
    // Written out: spreads of objects cost as much as all the rest.
    const entry = { at, kind, name, route, milliseconds, handler, stages, patches, bytes, error };
    noted[ENTRY] = this.timelines.add(session.id, entry);
    if (stages === undefined) return;
    const length = stages.queue + milliseconds;
    if (!this.waterfalls.mayTake(trace, length)) return;
    this.waterfalls.handled({
      ...{ id: rowId(), at, name, route, handler, error, trace, stages },
      session: shortId(session.id),
      milliseconds: length,
    });
  }

  /** The browser has acknowledged what an event changed. It may do so before the event ends. */
  eventShown(unit: UnitOfWork): void {
    const { [ENTRY]: number }: NotedUnit = unit;
    if (number === undefined) return;
    this.timelines.complete(number, stagesOf(unit, (unit.handlingTime ?? 0) * 1000));
  }

  runEnded({ kind, name, session, milliseconds, errorType }: ObservedRun): void {
    this.note(session, kind, {
      at: Date.now() - milliseconds,
      name: cutName(name),
      milliseconds,
      error: errorType,
    });
  }

  sessionDetached(session: Session): void {
    this.note(session, 'detach');
  }

  sessionEnded(session: Session): void {
    this.note(session, 'end');
  }

  private note(session: Session, kind: EntryKind, details: Partial<NewEntry> = {}): void {
    const { route } = session;
    this.timelines.add(session.id, {
      ...{ at: Date.now(), kind, name: '', route, milliseconds: 0, patches: 0, bytes: 0 },
      ...details,
    });
  }

  private tick(counts: Counts): void {
    const loopDelay = Math.max(0, this.loop.max / 1e6 - LOOP_INTERVAL);
    this.loop.reset();
    this.history.tick({ ...counts, loopDelay });
    this.routes.tick();
  }
}

/** When an event was received, in milliseconds since the epoch. */
function receiptOf({ receivedAt = 0 }: UnitOfWork, milliseconds: number): number {
  return receivedAt > 0 ? Date.now() - (performance.now() - receivedAt) : Date.now() - milliseconds;
}

/** @param handling - milliseconds of handler and render together */
function stagesOf(unit: UnitOfWork, handling: number): Stages {
  const { queueTime = 0, renderTime = 0, networkTime = 0, perceivedTime = 0, shownAt = 0 } = unit;
  const queue = queueTime * 1000;
  const render = renderTime * 1000;
  const handler = Math.max(0, handling - render);
  if (shownAt === 0) return { queue, handler, render };
  const perceived = perceivedTime * 1000;
  const rest = Math.max(0, perceived - queue - handling);
  // The round trip is that of the last ping, which may have taken longer than this one.
  const network = Math.min(rest, networkTime * 1000);
  return { queue, handler, render, network, browser: rest - network, perceived };
}
