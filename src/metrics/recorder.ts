import { setImmediate } from 'node:timers';
import {
  type Attributes,
  type BatchObservableResult,
  createNoopMeter,
  type Meter,
  type Observable,
} from '@opentelemetry/api';
import type { ErrorType } from '../errors/classify';
import type { App } from '../internal-types';
import { report, safely, show, warnOnce } from '../safely';
import {
  CATALOGUE,
  type CounterId,
  definitionsOf,
  type GaugeId,
  type HistogramId,
  type MetricDefinition,
  type MetricId,
} from './catalogue';
import { type InstrumentNaming, Instruments } from './instruments';
import { LabelGuard } from './labelGuard';
import { PendingMeasurements } from './pendingMeasurements';
import type { RuntimeMetrics } from './runtimeMetrics';
import { type Cell, SeriesTable } from './series';

/** Values an open label may have before the rest is recorded as `_other`. */
export interface LabelCaps {
  /** Routes, for the labels `path` and `route`. */
  readonly routes: number;
  readonly resources: number;
  readonly actions: number;
  readonly stableIds: number;
}

export interface RecorderConfig extends InstrumentNaming {
  readonly constLabels: Attributes;
  readonly caps: LabelCaps;
}

type Sessions = App['sessions'];

/**
 * Values of closed labels that somebody gave by hand and that become series; they share this cap.
 */
const BY_HAND_CAP = 100;
/** What an API without an SDK has in place of a meter: nothing is ever collected from it. */
const NO_METER = createNoopMeter();

/**
 * Counts what happens, for all of this process. Totals live in cells of its own and measurements
 * wait in a list, so that an event does no hashing of attributes. What is recorded first of a
 * series after a collection reaches OpenTelemetry at once, since an SDK takes that for the start of
 * the time the series covers; the rest does when a reader collects. That relies on one habit of
 * SDKs: they call observable callbacks before they read synchronous instruments. With another order
 * nothing is lost, it is in the next collection.
 *
 * A meter gets what happens while it is bound, of counters and histograms alike. While there is no
 * SDK, so much as the list holds waits for one.
 */
export class Recorder implements RuntimeMetrics {
  private readonly tables = new Map<MetricId, SeriesTable>();
  private readonly guards = new Map<string, LabelGuard>();
  private readonly live = new Set<Sessions>();
  private readonly manual = { active: 0, detached: 0 };
  private readonly pending = new PendingMeasurements();
  private instruments: Instruments | undefined;
  private meter: Meter | undefined;
  /** Number of the window: the time between two collections. */
  private window = 1;
  private windowEnds = false;
  /** Counters that moved in this window. */
  private readonly moved: Cell[] = [];
  private readonly events: SeriesTable;
  private readonly eventDurations: SeriesTable;
  private readonly patchSizes: SeriesTable;
  private readonly patches: Cell;

  constructor(private config: RecorderConfig) {
    for (const [label, cap] of Object.entries(capsByLabel(config.caps)))
      this.guards.set(label, new LabelGuard(`The metric label ${label} has`, cap));
    const byHand = new LabelGuard('Metric labels whose values are known have by hand', BY_HAND_CAP);
    for (const [id, definition] of Object.entries(CATALOGUE) as Array<[MetricId, MetricDefinition]>)
      this.tables.set(id, new SeriesTable(id, definition, { open: this.guards, byHand }, config.constLabels));
    this.events = this.table('events');
    this.eventDurations = this.table('eventDuration');
    this.patchSizes = this.table('patchBytes');
    this.patches = this.table('patchesSent').cell();
  }

  /** Names, labels and caps from now on. */
  configure(config: RecorderConfig): void {
    this.endWindow();
    this.config = config;
    for (const [label, cap] of Object.entries(capsByLabel(config.caps))) {
      const guard = this.guards.get(label);
      if (guard !== undefined) guard.cap = cap;
    }
    for (const table of this.tables.values()) table.relabel(config.constLabels);
    if (this.meter !== undefined) this.bind(this.meter);
  }

  /** Reports to this meter from now on, and to no other. */
  bind(meter: Meter): void {
    this.release();
    this.meter = meter;
    this.instruments = safely(
      'creating instruments',
      () => new Instruments(meter, this.config, this.observe),
    );
    if (this.isWaiting) return;
    for (const cell of this.counterCells()) this.feed(cell);
    this.pending.flush(this.pass);
  }

  /** Whether what is recorded is reported to someone. */
  get isBound(): boolean {
    return this.instruments !== undefined;
  }

  /** Reports to nobody. */
  release(): void {
    this.endWindow();
    const { instruments } = this;
    this.instruments = undefined;
    this.meter = undefined;
    if (instruments !== undefined) safely('releasing instruments', () => instruments.release());
  }

  /** Counts the sessions of an app until `unwatch`. */
  watch(sessions: Sessions): void {
    this.live.add(sessions);
  }

  unwatch(sessions: Sessions): void {
    this.live.delete(sessions);
  }

  /** One client event handled. @param seconds from its queue to its patches written */
  recordEvent(type: string, path: string, seconds: number, errorType: ErrorType | undefined): void {
    this.count(this.events.cell(type, path, errorType === undefined ? 'success' : 'error'), 1);
    if (errorType !== undefined) this.add('eventErrors', 1, path, errorType);
    this.record(this.eventDurations.cell(path), seconds);
  }

  recordPatches(count: number): void {
    if (isCount('patchesSent', count)) this.count(this.patches, count);
  }

  recordPatchBytes(route: string, bytes: number): void {
    if (isMeasurement('patchBytes', bytes)) this.record(this.patchSizes.cell(route), bytes);
  }

  recordPatchMismatch(reason: string): void {
    this.add('patchMismatch', 1, reason);
  }

  recordResumeSuccess(): void {
    this.add('resumeSuccess', 1);
  }

  recordResumeFailure(reason: string): void {
    this.add('resumeFailed', 1, reason);
  }

  recordReconnect(): void {
    this.add('reconnects', 1);
  }

  recordEviction(): void {
    this.add('evictions', 1);
  }

  recordSessionMemory(bytes: number): void {
    this.measure('sessionMemory', bytes);
  }

  recordWebSocketError(type: string): void {
    this.add('websocketErrors', 1, type);
  }

  recordResourceDuration(resource: string, milliseconds: number): void {
    this.measure('resourceDuration', milliseconds, resource);
  }

  recordResourceError(resource: string): void {
    this.add('resourceError', 1, resource);
  }

  recordActionDuration(action: string, milliseconds: number): void {
    this.measure('actionDuration', milliseconds, action);
  }

  recordActionError(action: string): void {
    this.add('actionError', 1, action);
  }

  recordSignalWriteViolation(operation: string, reason: string): void {
    this.add('signalWriteViolation', 1, operation, reason);
  }

  recordPersistBytes(stableId: string, bytes: number): void {
    this.add('persistBytes', bytes, stableId);
  }

  recordPersistWriteRejected(reason: string, stableId: string): void {
    this.add('persistWriteRejected', 1, reason, stableId);
  }

  recordSessionPersistBytes(bytes: number): void {
    this.measure('sessionPersistBytes', bytes);
  }

  recordSchemaMismatch(reason: string): void {
    this.add('schemaMismatch', 1, reason);
  }

  recordColdDeployAck(source: string): void {
    this.add('coldDeployAck', 1, source);
  }

  /** Moves the number of active sessions, for sessions that no watched app has. */
  recordSessionActive(delta: number): void {
    if (isChange('sessionsActive', delta)) this.manual.active += delta;
  }

  /** Moves the number of detached sessions, for sessions that no watched app has. */
  recordSessionDetached(delta: number): void {
    if (isChange('sessionsDetached', delta)) this.manual.detached += delta;
  }

  private table(id: MetricId): SeriesTable {
    return this.tables.get(id) as SeriesTable;
  }

  private add(id: CounterId, amount: number, ...labels: [string?, string?, string?]): void {
    if (isCount(id, amount)) this.count(this.table(id).cell(...labels), amount);
  }

  private measure(id: HistogramId, value: number, label?: string): void {
    if (isMeasurement(id, value)) this.record(this.table(id).cell(label), value);
  }

  private count(cell: Cell, amount: number): void {
    if (this.instruments === undefined) return;
    cell.total += amount;
    if (cell.window === this.window) return;
    cell.window = this.window;
    this.moved.push(cell);
    if (!this.mustWait) this.feed(cell);
  }

  private record(cell: Cell, value: number): void {
    if (this.instruments === undefined) return;
    if (cell.window !== this.window && !this.mustWait) {
      cell.window = this.window;
      this.pass(value, cell);
      return;
    }
    this.pending.add(value, cell);
    if (this.pending.isFull) this.makeRoom();
  }

  /** Whether an SDK is yet to come. */
  private get isWaiting(): boolean {
    return this.meter === NO_METER;
  }

  /** Between a collection's begin and the end of its window all waits, for the window to come. */
  private get mustWait(): boolean {
    return this.windowEnds || this.isWaiting;
  }

  /**
   * Without an SDK counters forget what they counted when measurements have to be forgotten, so
   * that they agree.
   */
  private makeRoom(): void {
    if (this.isWaiting) for (const cell of this.counterCells()) cell.fed = cell.total;
    this.pending.flush(this.pass);
  }

  private *counterCells(): Generator<Cell> {
    for (const [id] of definitionsOf('counter')) yield* this.table(id).cells;
  }

  /**
   * Gives a counter what it has counted since it was last given something; if that is nothing, the
   * series exists from then on.
   */
  private feed(cell: Cell): void {
    const amount = cell.total - cell.fed;
    cell.fed = cell.total;
    try {
      this.instruments?.add(cell.metric, amount, cell.attributes);
    } catch (error) {
      report(`recording ${cell.metric}`, error);
    }
  }

  private readonly pass = (value: number, cell: Cell): void => {
    try {
      this.instruments?.record(cell.metric, value, cell.attributes);
    } catch (error) {
      report(`recording ${cell.metric}`, error);
    }
  };

  /** Hands over all that waits for this window's end, if there is somebody to take it. */
  private handOver(): void {
    if (this.instruments === undefined || this.isWaiting) return;
    for (const cell of this.moved) if (cell.total !== cell.fed) this.feed(cell);
    this.pending.flush(this.pass);
  }

  private readonly endWindow = (): void => {
    this.handOver();
    this.windowEnds = false;
    this.moved.length = 0;
    this.window++;
  };

  private readonly observe = (
    result: BatchObservableResult,
    gauges: ReadonlyMap<GaugeId, Observable>,
  ): void => {
    this.handOver();
    if (!this.windowEnds) {
      this.windowEnds = true;
      // Not before the SDK has read the instruments: what happens until then is after the time that
      // this collection is said to be of.
      setImmediate(this.endWindow);
    }
    let { active, detached } = this.manual;
    for (const sessions of this.live) {
      const counts = sessions.counts();
      active += counts.active;
      detached += counts.detached;
    }
    const { constLabels } = this.config;
    result.observe(gauges.get('sessionsActive') as Observable, active, constLabels);
    result.observe(gauges.get('sessionsDetached') as Observable, detached, constLabels);
  };
}

/** Whether a counter may be moved by this. */
function isCount(id: MetricId, amount: unknown): boolean {
  return (
    (Number.isSafeInteger(amount) && (amount as number) >= 0) ||
    refused(id, amount, 'a whole number of at least 0')
  );
}

function isMeasurement(id: MetricId, value: unknown): boolean {
  return (
    (Number.isFinite(value) && (value as number) >= 0) || refused(id, value, 'a finite number of at least 0')
  );
}

function isChange(id: MetricId, delta: unknown): boolean {
  return Number.isSafeInteger(delta) || refused(id, delta, 'a whole number');
}

/** One number that is none would spoil the series for good. */
function refused(id: MetricId, value: unknown, remedy: string): false {
  const { prometheusName } = CATALOGUE[id];
  warnOnce(
    prometheusName,
    `${show(value)} was given for ${prometheusName} and is not recorded; give ${remedy}`,
  );
  return false;
}

function capsByLabel({ routes, resources, actions, stableIds }: LabelCaps): Record<string, number> {
  return { path: routes, route: routes, resource: resources, action: actions, stable_id: stableIds };
}
