import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Session, UnitOfWork } from '../internal-types';
import { reportFailure } from '../messages';
import type { Series } from '../metrics/series';
import { safely } from '../safely';
import { History } from './history';
import { Routes } from './routes';
import { cutName, rowId, shortId } from './text';
import { TICK } from './tick';
import { Timelines } from './timeline';
import { Waterfalls } from './waterfalls';
import type { EntryKind, Stages, TimelineEntry } from './wire';

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
  /** Ids of the entries of events whose acks may come. */
  private readonly entries = new WeakMap<UnitOfWork, string>();
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
    if (kind === undefined || session === undefined || this.entries.has(unit)) return;
    const id = rowId();
    this.entries.set(unit, id);
    const at = kind === 'event' ? receiptOf(unit, milliseconds) : Date.now() - milliseconds;
    const stages = kind === 'event' ? stagesOf(unit, milliseconds) : undefined;
    const handler = unit.handler && cutName(unit.handler.name);
    const name = event?.type ?? '';
    this.timelines.add(session.id, {
      ...{ id, at, kind, name, route: unit.route, milliseconds, handler, stages },
      patches: unit.patchCount,
      bytes: unit.patchBytes ?? 0,
      error: errorType,
    });
    if (stages === undefined) return;
    // The ack may come before the end of a handler that wrote patches on its way.
    if (stages.perceived !== undefined) this.note(session, 'ack', { of: id, stages });
    this.waterfalls.handled({
      ...{ id, at, name, route: unit.route, handler, trace, stages },
      session: shortId(session.id),
      milliseconds: stages.queue + milliseconds,
      error: errorType,
    });
  }

  /** The browser has acknowledged what an event changed. */
  eventShown(unit: UnitOfWork): void {
    const of = this.entries.get(unit);
    if (of === undefined || unit.session === undefined) return;
    const stages = stagesOf(unit, (unit.handlingTime ?? 0) * 1000);
    this.note(unit.session, 'ack', { of, stages });
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

  private note(session: Session, kind: EntryKind, details: Partial<TimelineEntry> = {}): void {
    const { route } = session;
    this.timelines.add(session.id, {
      ...{ id: rowId(), at: Date.now(), kind, name: '', route, milliseconds: 0 },
      ...{ patches: 0, bytes: 0 },
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
  const render = renderTime * 1000;
  const stages = { queue: queueTime * 1000, handler: Math.max(0, handling - render), render };
  if (shownAt === 0) return stages;
  const perceived = perceivedTime * 1000;
  const rest = Math.max(0, perceived - stages.queue - handling);
  // The round trip is that of the last ping, which may have taken longer than this one.
  const network = Math.min(rest, networkTime * 1000);
  return { ...stages, network, browser: rest - network, perceived };
}
