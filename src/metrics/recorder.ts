import type { Attributes, BatchObservableResult, Meter, Observable } from '@opentelemetry/api';
import type { ErrorType } from '../errors/classify';
import type { App } from '../internal-types';
import { report, safely } from '../safely';
import {
  CATALOGUE,
  type CounterId,
  definitionsOf,
  type GaugeId,
  type HistogramId,
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
 * Counts what happens, for all of this process. Totals live in cells of its own, measurements wait in a list, and both reach OpenTelemetry when a reader collects: an event
 * does no attribute hashing, what a scrape shows was true at one moment, and totals survive a change of the meter provider.
 */
export class Recorder implements RuntimeMetrics {
  private readonly tables = new Map<MetricId, SeriesTable>();
  private readonly guards = new Map<string, LabelGuard>();
  private readonly live = new Set<Sessions>();
  private readonly manual = { active: 0, detached: 0 };
  private readonly pending = new PendingMeasurements((id, value, cell) => this.pass(id, value, cell));
  private instruments: Instruments | undefined;
  private meter: Meter | undefined;
  private readonly events: SeriesTable;
  private readonly eventDurations: SeriesTable;
  private readonly patchSizes: SeriesTable;
  private readonly patches: { total: number };

  constructor(private config: RecorderConfig) {
    for (const [label, cap] of Object.entries(capsByLabel(config.caps)))
      this.guards.set(label, new LabelGuard(label, cap));
    for (const [id, definition] of Object.entries(CATALOGUE) as Array<
      [MetricId, (typeof CATALOGUE)[MetricId]]
    >) {
      this.tables.set(id, new SeriesTable(definition, this.guards, config.constLabels));
    }
    this.events = this.table('events');
    this.eventDurations = this.table('eventDuration');
    this.patchSizes = this.table('patchBytes');
    this.patches = this.table('patchesSent').cell();
  }

  /** Names, labels and caps from now on; totals stay. */
  configure(config: RecorderConfig): void {
    this.pending.flush();
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
  }

  /** Whether what is recorded is reported to someone. */
  get isBound(): boolean {
    return this.instruments !== undefined;
  }

  /** Reports to nobody. */
  release(): void {
    this.pending.flush();
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
    this.events.cell(type, path, errorType === undefined ? 'success' : 'error').total++;
    if (errorType !== undefined) this.add('eventErrors', 1, path, errorType);
    this.record('eventDuration', seconds, this.eventDurations.cell(path));
  }

  recordPatches(count: number): void {
    if (count > 0) this.patches.total += count;
  }

  recordPatchBytes(route: string, bytes: number): void {
    this.record('patchBytes', bytes, this.patchSizes.cell(route));
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
    if (Number.isFinite(delta)) this.manual.active += delta;
  }

  /** Moves the number of detached sessions, for sessions that no watched app has. */
  recordSessionDetached(delta: number): void {
    if (Number.isFinite(delta)) this.manual.detached += delta;
  }

  private table(id: MetricId): SeriesTable {
    return this.tables.get(id) as SeriesTable;
  }

  private add(id: CounterId, amount: number, ...labels: [string?, string?, string?]): void {
    if (amount >= 0) this.table(id).cell(...labels).total += amount;
  }

  private measure(id: HistogramId, value: number, label?: string): void {
    this.record(id, value, this.table(id).cell(label));
  }

  private record(id: HistogramId, value: number, cell: Cell): void {
    if (this.instruments !== undefined) this.pending.add(id, value, cell);
  }

  private pass(id: HistogramId, value: number, { attributes }: Cell): void {
    try {
      this.instruments?.histograms.get(id)?.record(value, attributes);
    } catch (error) {
      report(`recording ${id}`, error);
    }
  }

  private readonly observe = (
    result: BatchObservableResult,
    counters: ReadonlyMap<CounterId, Observable>,
    gauges: ReadonlyMap<GaugeId, Observable>,
  ): void => {
    this.pending.flush();
    let { active, detached } = this.manual;
    for (const sessions of this.live) {
      const counts = sessions.counts();
      active += counts.active;
      detached += counts.detached;
    }
    const { constLabels } = this.config;
    result.observe(gauges.get('sessionsActive') as Observable, active, constLabels);
    result.observe(gauges.get('sessionsDetached') as Observable, detached, constLabels);
    for (const [id] of definitionsOf('counter')) {
      const instrument = counters.get(id) as Observable;
      for (const cell of this.table(id).cells) result.observe(instrument, cell.total, cell.attributes);
    }
  };
}

function capsByLabel({ routes, resources, actions, stableIds }: LabelCaps): Record<string, number> {
  return { path: routes, route: routes, resource: resources, action: actions, stable_id: stableIds };
}
