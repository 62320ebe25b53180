import { setImmediate } from 'node:timers';
import {
  type Attributes,
  type BatchObservableResult,
  type Context,
  context,
  type Meter,
  type Observable,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import type { RuntimeMetrics } from 'vango';
import type { ErrorType } from '../errors/classify';
import { type FailurePlace, failureCounts } from '../failures';
import type { Sessions } from '../internal-types';
import { reportFailure, show, warnOnce } from '../messages';
import { safely } from '../safely';
import { isActiveMeter } from '../sdkState';
import type { Collector } from '../types';
import { CardinalityLimit, OTHER } from './cardinalityLimit';
import {
  CATALOGUE,
  type CounterId,
  definitionsOf,
  type GaugeId,
  type HistogramId,
  type MetricDefinition,
  type MetricId,
} from './catalogue';
import { type Exemplar, Exemplars, type ExemplarsOf, exemplarFilter } from './exemplars';
import { boundsOf, type InstrumentNaming, Instruments, nameOf } from './instruments';
import { PendingMeasurements } from './pendingMeasurements';
import { type Series, SeriesTable } from './series';

/** Values that an open label may have before further ones become `_other`. */
interface LabelCaps {
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

const NOTHING_LIVE = {
  active: 0,
  detached: 0,
  running: 0,
  waiting: 0,
  maxSessions: 0,
  maxDetached: 0,
  maxSessionsPerIp: 0,
};
/** What is read when a reader collects. */
type Live = typeof NOTHING_LIVE;

const TOTALS = Object.keys(NOTHING_LIVE) as Array<keyof Live>;

/** The series of gauges: their metric, what they show, and their label. */
const GAUGES: ReadonlyArray<readonly [id: GaugeId, total: keyof Live, label?: string]> = [
  ['sessionsActive', 'active'],
  ['sessionsDetached', 'detached'],
  ['eventsInFlight', 'running', 'running'],
  ['eventsInFlight', 'waiting', 'waiting'],
  ['sessionLimit', 'maxSessions', 'max'],
  ['sessionLimit', 'maxDetached', 'detached'],
  ['sessionLimit', 'maxSessionsPerIp', 'per_ip'],
];

/** Values of closed labels that are not known but were recorded by hand share this limit. */
const BY_HAND_CAP = 100;
/** Attribute of the series that an SDK merges further series into. */
const OVERFLOW = 'otel.metric.overflow';
/**
 * The span of what may become an exemplar: undefined if it may not, null if it may, outside of a
 * sampled span.
 */
type ExemplarSpan = SpanContext | null | undefined;
type SessionMethod = 'recordSessionActive' | 'recordSessionDetached';
/** A method of the runtime: label values, then what was measured. */
type Method = (first?: unknown, second?: unknown, third?: unknown, fourth?: unknown) => void;
/** The same with what was measured in front. */
type Take = (value: unknown, first?: unknown, second?: unknown, third?: unknown) => void;

/**
 * Methods by the number of their labels. Written out, since a list of arguments would be allocated
 * for each call.
 */
const BY_LABELS: Record<MetricDefinition['labels']['length'], (take: Take) => Method> = [
  take => value => take(value),
  take => (first, value) => take(value, first),
  take => (first, second, value) => take(value, first, second),
  take => (first, second, third, value) => take(value, first, second, third),
];

/**
 * Records all metrics of this process. Totals and measurements wait here until a reader collects,
 * so that an event hashes no attributes. Only what is recorded first of a series after a collection
 * reaches OpenTelemetry at once, since SDKs take it for the start of the time that the series
 * covers. This relies on a habit of SDKs: they call observable callbacks before they read
 * synchronous instruments. With another order nothing is lost, it is in the next collection.
 *
 * A meter gets what happens while it is bound, of counters and histograms alike. Without an SDK,
 * as much as the list of measurements holds waits for one.
 */
export class Recorder {
  /** The methods that the runtime calls, and that users call to record by hand. */
  readonly collector: Collector;
  /**
   * The context of what is measured, while an operation runs that is observed; undefined where the
   * active one has to be asked for, which costs more.
   */
  measured: Context | undefined;
  /** Gets each measurement too, while somebody watches. Must not throw. */
  tap: ((series: Series, value: number) => void) | undefined;
  private readonly tables = new Map<MetricId, SeriesTable>();
  private readonly limits = new Map<string, CardinalityLimit>();
  private readonly live = new Set<Sessions>();
  private readonly manual = { active: 0, detached: 0 };
  private readonly pending = new PendingMeasurements();
  private instruments: Instruments | undefined;
  private meter: Meter | undefined;
  /** Number of the window: the time between two collections. */
  private window = 1;
  private windowEnds = false;
  /** Counters that moved in this window. */
  private readonly moved: Series[] = [];
  private readonly filter = exemplarFilter(process.env);
  /**
   * The last context, its span, and when that was first needed: an event measures several times.
   */
  private lastActive: Context | undefined;
  private lastSpan: ExemplarSpan;
  private lastTime = 0;
  private readonly events: SeriesTable;
  private readonly eventDurations: SeriesTable;
  /** Failures of telemetry that are counted, or were there before. */
  private readonly failures: Record<FailurePlace, number>;

  constructor(private config: RecorderConfig) {
    for (const [label, cap] of Object.entries(capsByLabel(config.caps)))
      this.limits.set(label, new CardinalityLimit(`the metric label ${label} has`, cap));
    const byHand = new CardinalityLimit('metric labels whose values are known have', BY_HAND_CAP);
    const limits = { open: this.limits, byHand };
    for (const [id, definition] of Object.entries(CATALOGUE) as Array<[MetricId, MetricDefinition]>)
      this.tables.set(id, new SeriesTable(id, definition, limits, config.constLabels));
    this.events = this.table('events');
    this.eventDurations = this.table('eventDuration');
    this.failures = { ...failureCounts() };
    this.collector = { ...this.runtimeMethods(), ...this.sessionMethods() };
  }

  /** Changes names, labels and caps. */
  configure(config: RecorderConfig): void {
    this.endWindow();
    this.config = config;
    for (const [label, cap] of Object.entries(capsByLabel(config.caps))) {
      const limit = this.limits.get(label);
      if (limit !== undefined) limit.cap = cap;
    }
    for (const table of this.tables.values()) table.relabel(config.constLabels);
    if (this.meter !== undefined) this.bind(this.meter);
  }

  /** Reports to this meter from now on, and to no other. */
  bind(meter: Meter): void {
    this.release();
    this.meter = meter;
    this.instruments = safely(
      'metric',
      'creating instruments',
      () => new Instruments(meter, this.config, this.observe),
    );
    if (this.isWaiting) return;
    for (const series of this.counterSeries()) this.feed(series);
    this.pending.flush(this.pass);
  }

  /**
   * Finds the exemplars of a metric, by its name in OpenTelemetry.
   *
   * @returns undefined for a metric that has none
   */
  exemplarsOf(name: string): ExemplarsOf | undefined {
    if (this.filter === 'always_off') return undefined;
    for (const [id, table] of this.tables) {
      if (nameOf(CATALOGUE[id], this.config) === name)
        return attributes => exemplarsIn(table, attributes);
    }
    return undefined;
  }

  /** Whether there is a meter to report to. */
  get isBound(): boolean {
    return this.instruments !== undefined;
  }

  /** Stops reporting. */
  release(): void {
    this.endWindow();
    const { instruments } = this;
    this.instruments = undefined;
    this.meter = undefined;
    if (instruments !== undefined)
      safely('metric', 'releasing instruments', () => instruments.release());
  }

  /** The name of a resource or an action as its metrics have it: past the cap, `_other`. */
  boundedName(label: 'resource' | 'action', name: unknown): string {
    if (typeof name !== 'string' || name === '') return OTHER;
    return this.limits.get(label)?.apply(name) ?? name;
  }

  /** Counts the sessions of an app until `unwatch`. */
  watch(sessions: Sessions): void {
    this.live.add(sessions);
  }

  unwatch(sessions: Sessions): void {
    this.live.delete(sessions);
  }

  /** The sessions of the apps that are watched. */
  get sessions(): Iterable<Sessions> {
    return this.live;
  }

  /** All series of a metric. What a counter has counted is their `total`. */
  seriesOf(id: MetricId): readonly Series[] {
    return this.table(id).all;
  }

  /** How many values each open label has, of how many. */
  labelUsage(): Array<{ readonly label: string; readonly values: number; readonly cap: number }> {
    return [...this.limits].map(([label, { size, cap }]) => ({ label, values: size, cap }));
  }

  /**
   * Records a client event that was handled.
   *
   * @param path - template of its route
   * @param seconds - from its being taken off the queue to its patches being written
   * @param errorType - undefined for an event that succeeded
   * @param active - the context in which it was handled, if its span is sampled; else the root
   */
  recordEvent(
    type: string,
    path: string,
    seconds: number,
    errorType: ErrorType | undefined,
    active: Context = ROOT_CONTEXT,
  ): void {
    const span = this.exemplarSpan(active);
    const status = errorType === undefined ? 'success' : 'error';
    this.count(this.events.of(type, path, status), 1, span);
    if (errorType !== undefined) this.count(this.table('eventErrors').of(path, errorType), 1, span);
    this.record(this.eventDurations.of(path), seconds, active, span);
  }

  /**
   * The context that a measurement keeps while it waits. Views and exemplars have a use for one
   * with a sampled span; any other would only be held in memory, so it becomes the root, and so do
   * all where there are no exemplars. Never throws.
   *
   * @param known - the span of that context, where the caller has it
   */
  contextToKeep(active: Context | undefined, known?: Span): Context {
    if (active === undefined || active === ROOT_CONTEXT || this.filter === 'always_off')
      return ROOT_CONTEXT;
    try {
      const span = known ?? trace.getSpan(active);
      const flags = span?.spanContext().traceFlags ?? TraceFlags.NONE;
      return (flags & TraceFlags.SAMPLED) === 0 ? ROOT_CONTEXT : active;
    } catch (error) {
      reportFailure('metric', 'reading the context of a span', error);
      return ROOT_CONTEXT;
    }
  }

  /** The context that a measurement keeps that is made now. */
  get currentContext(): Context {
    return this.measured ?? this.contextToKeep(context.active());
  }

  private table(id: MetricId): SeriesTable {
    return this.tables.get(id) as SeriesTable;
  }

  /** Methods that count sessions by hand, in addition to those of the watched apps. */
  private sessionMethods(): Pick<Collector, SessionMethod> {
    return {
      recordSessionActive: delta => {
        if (isChange('sessionsActive', delta)) this.manual.active += delta;
      },
      recordSessionDetached: delta => {
        if (isChange('sessionsDetached', delta)) this.manual.detached += delta;
      },
    };
  }

  /** The methods of the runtime, each made from the definition of its metric. */
  private runtimeMethods(): Omit<Collector, SessionMethod> {
    const methods: Partial<Record<keyof RuntimeMetrics, Method>> = {};
    for (const [id, definition] of definitionsOf('counter')) {
      if (definition.method !== undefined)
        methods[definition.method] = this.counterMethod(id, definition);
      if (definition.opener !== undefined) methods[definition.opener] = this.openerMethod(id);
    }
    for (const [id, definition] of definitionsOf('histogram')) {
      if (definition.method !== undefined)
        methods[definition.method] = this.histogramMethod(id, definition);
    }
    // The catalogue does not compile unless each method of the runtime has its metric.
    return methods as Omit<Collector, SessionMethod>;
  }

  private counterMethod(id: CounterId, { labels, hasAmount }: MetricDefinition): Method {
    const table = this.table(id);
    if (hasAmount !== true)
      return (first, second, third) =>
        this.count(table.of(first, second, third), 1, this.activeSpan());
    return methodOf(labels, (amount, first, second, third) => {
      if (isCount(id, amount))
        this.count(table.of(first, second, third), amount, this.activeSpan());
    });
  }

  private openerMethod(id: CounterId): Method {
    const table = this.table(id);
    return value => {
      const opened = table.open(value);
      // A meter that is yet to come is given all series. For others, 0 changes no total.
      if (!this.isWaiting) for (const series of opened) this.feed(series);
    };
  }

  private histogramMethod(id: HistogramId, { labels }: MetricDefinition): Method {
    const table = this.table(id);
    return methodOf(labels, (value, first, second, third) => {
      if (!isMeasurement(id, value)) return;
      const active = this.currentContext;
      this.record(table.of(first, second, third), value, active, this.exemplarSpan(active));
    });
  }

  private count(series: Series, amount: number, span: ExemplarSpan): void {
    if (this.instruments === undefined) return;
    series.total += amount;
    this.tap?.(series, amount);
    if (span !== undefined) this.offer(series, amount, span);
    if (series.window === this.window) return;
    series.window = this.window;
    this.moved.push(series);
    if (!this.mustWait) this.feed(series);
  }

  private record(series: Series, value: number, active: Context, span: ExemplarSpan): void {
    if (this.instruments === undefined) return;
    this.tap?.(series, value);
    if (span !== undefined) this.offer(series, value, span);
    if (series.window !== this.window && !this.mustWait) {
      series.window = this.window;
      this.pass(value, series, active);
      return;
    }
    this.pending.add(value, series, active);
    if (this.pending.isFull) this.makeRoom();
  }

  /** @param kept - a context that `contextToKeep` gave: one with a sampled span, or the root */
  private exemplarSpan(kept: Context): ExemplarSpan {
    if (this.filter === 'always_off') return undefined;
    if (kept !== this.lastActive) {
      this.lastActive = kept;
      this.lastTime = 0;
      const span = kept === ROOT_CONTEXT ? undefined : trace.getSpanContext(kept);
      this.lastSpan = span ?? (this.filter === 'always_on' ? null : undefined);
    }
    return this.lastSpan;
  }

  private activeSpan(): ExemplarSpan {
    return this.filter === 'always_off' ? undefined : this.exemplarSpan(this.currentContext);
  }

  private offer(series: Series, value: number, span: SpanContext | null): void {
    series.exemplars ??= new Exemplars(boundsOf(CATALOGUE[series.metric], this.config) ?? []);
    // What is measured in one context has one time: reading the clock costs more than the rest.
    if (span === null || this.lastTime === 0) this.lastTime = Date.now();
    series.exemplars.offer(value, this.lastTime, span);
  }

  /** Whether an SDK is yet to come. */
  private get isWaiting(): boolean {
    return this.meter !== undefined && !isActiveMeter(this.meter);
  }

  /** Between a collection's begin and the end of its window all waits, for the window to come. */
  private get mustWait(): boolean {
    return this.windowEnds || this.isWaiting;
  }

  /**
   * Makes room for measurements. Without an SDK they are dropped, and what the counters counted
   * since with them, so that counters and histograms agree.
   */
  private makeRoom(): void {
    if (this.isWaiting) for (const series of this.counterSeries()) series.fed = series.total;
    this.pending.flush(this.pass);
  }

  private *counterSeries(): Generator<Series> {
    for (const [id] of definitionsOf('counter')) yield* this.table(id).all;
  }

  /**
   * Adds to a counter what its series has counted since the last time. Adding 0 creates the series.
   */
  private feed(series: Series): void {
    const amount = series.total - series.fed;
    series.fed = series.total;
    try {
      this.instruments?.add(series.metric, amount, series.attributes);
    } catch (error) {
      reportFailure('metric', `recording ${series.metric}`, error);
    }
  }

  private readonly pass = (value: number, series: Series, active: Context): void => {
    try {
      this.instruments?.record(series.metric, value, series.attributes, active);
    } catch (error) {
      reportFailure('metric', `recording ${series.metric}`, error);
    }
  };

  /** Hands over all that waits for this window's end, if there is somebody to take it. */
  private handOver(): void {
    if (this.instruments === undefined || this.isWaiting) return;
    for (const series of this.moved) if (series.total !== series.fed) this.feed(series);
    this.pending.flush(this.pass);
  }

  private readonly endWindow = (): void => {
    this.handOver();
    this.windowEnds = false;
    this.lastActive = undefined;
    this.moved.length = 0;
    this.window++;
  };

  /** Counts failures of telemetry since the last time. */
  private countFailures(): void {
    for (const [place, total] of Object.entries(failureCounts()) as Array<[FailurePlace, number]>) {
      const amount = total - this.failures[place];
      this.failures[place] = total;
      if (amount > 0) this.count(this.table('telemetryFailures').of(place), amount, undefined);
    }
  }

  /** What is now in all apps together. */
  private totals(): Live {
    const { active, detached } = this.manual;
    const totals = { ...NOTHING_LIVE, active, detached };
    for (const sessions of this.live) {
      const now: Partial<Live> = {
        ...sessions.counts(),
        ...sessions.inFlight(),
        ...sessions.limits,
      };
      for (const key of TOTALS) totals[key] += now[key] ?? 0;
    }
    return totals;
  }

  private readonly observe = (
    result: BatchObservableResult,
    gauges: ReadonlyMap<GaugeId, Observable>,
  ): void => {
    this.countFailures();
    this.handOver();
    if (!this.windowEnds) {
      this.windowEnds = true;
      // Wait until the SDK has read the instruments: what happens until then is later than the end
      // time of this collection.
      setImmediate(this.endWindow);
    }
    const totals = this.totals();
    for (const [id, total, label] of GAUGES) {
      const { attributes } = this.table(id).of(label);
      result.observe(gauges.get(id) as Observable, totals[total], attributes);
    }
  };
}

function methodOf({ length }: MetricDefinition['labels'], take: Take): Method {
  return BY_LABELS[length](take);
}

function exemplarsIn(table: SeriesTable, attributes: Attributes): Exemplar[] {
  // The series that an SDK merges others into has no labels, and is not of all series.
  if (OVERFLOW in attributes) return [];
  return table.matching(attributes).flatMap(({ exemplars }) => exemplars?.all ?? []);
}

/** Whether a counter may be moved by this amount. */
function isCount(id: MetricId, amount: unknown): amount is number {
  if (Number.isSafeInteger(amount) && (amount as number) >= 0) return true;
  return refused(id, amount, 'a whole number of at least 0');
}

function isMeasurement(id: MetricId, value: unknown): value is number {
  if (Number.isFinite(value) && (value as number) >= 0) return true;
  return refused(id, value, 'a finite number of at least 0');
}

function isChange(id: MetricId, delta: unknown): boolean {
  return Number.isSafeInteger(delta) || refused(id, delta, 'a whole number');
}

/** Refuses a value with a warning: one `NaN` would corrupt its series for good. */
function refused(id: MetricId, value: unknown, remedy: string): false {
  const { prometheusName } = CATALOGUE[id];
  warnOnce(
    prometheusName,
    `${show(value)} was given for ${prometheusName} and is not recorded; give ${remedy}`,
  );
  return false;
}

function capsByLabel({ routes, resources, actions, stableIds }: LabelCaps): Record<string, number> {
  return {
    path: routes,
    route: routes,
    resource: resources,
    action: actions,
    stable_id: stableIds,
  };
}
