import type { SparseCounts } from './histogram';

// What the server tells the page, as JSON. Each frame has all of its topic, so that one which a slow
// reader misses matters to nobody.

/** Stretches of time that the overview shows, and the seconds of one of their 60 slots. */
export const WINDOWS = { minute: 1, quarter: 15, hour: 60 } as const;
export type WindowName = keyof typeof WINDOWS;
export const SLOTS = 60;

/** What sessions are sorted by. */
export const SORTS = ['memory', 'queue', 'patchBytes'] as const;
export type Sort = (typeof SORTS)[number];

/** Hexadecimal digits of a session's id that leave its process. */
export const ID_LENGTH = 12;

/** Events of a stretch of time. */
interface Events {
  readonly events: number;
  readonly errors: number;
  readonly durations: SparseCounts;
}

/** Events since the start of the process. */
interface Totals {
  readonly totalEvents: number;
  readonly totalErrors: number;
}

/** Sessions at a moment. */
interface Present {
  readonly active: number;
  readonly detached: number;
}

/** What happened in one slot of time. */
export interface Slot extends Events, Present {
  /** When it began, in milliseconds since the epoch. */
  readonly at: number;
  /** Seconds that it covers. */
  readonly span: number;
  /** What users waited for. */
  readonly perceived: SparseCounts;
  /** The longest delay of the event loop, in milliseconds. */
  readonly loopDelay: number;
}

/** What a route did in the last minute, and since the start of its process. */
export interface RouteRow extends Events, Totals {
  readonly route: string;
  readonly frames: number;
  readonly bytes: number;
}

export interface Overview extends Totals, Present {
  readonly now: number;
  readonly slots: readonly Slot[];
  readonly routes: readonly RouteRow[];
  /** Seconds that the numbers of routes cover. */
  readonly routeSeconds: number;
}

/** Ids of sessions are cut short: whoever knows a whole one could try to resume the session. */
export interface SessionRow {
  readonly id: string;
  readonly route: string;
  readonly path: string;
  readonly state: string;
  /** Estimated bytes; undefined until they are measured, which takes a while for many sessions. */
  readonly memory: number | undefined;
  /** Events that run or wait. */
  readonly queue: number;
  readonly patchBytes: number;
  readonly createdAt: number;
  readonly lastActive: number;
  readonly user?: string | undefined;
}

export interface SessionList {
  /** Sessions that match the search. */
  readonly matching: number;
  /** The first of them. */
  readonly rows: readonly SessionRow[];
}

/** Milliseconds that an event took, and where. */
export interface Stages {
  readonly queue: number;
  /** Handler and middleware, without the render. */
  readonly handler: number;
  readonly render: number;
  /** Once the browser has acknowledged its patches. */
  readonly network?: number | undefined;
  readonly browser?: number | undefined;
  readonly perceived?: number | undefined;
}

/** The stages that an event is made of, in order. */
export const PARTS = [
  'queue',
  'handler',
  'render',
  'network',
  'browser',
] as const satisfies ReadonlyArray<keyof Stages>;

export type EntryKind =
  | 'connect'
  | 'resume'
  | 'mount'
  | 'event'
  | 'dispatch'
  | 'resource'
  | 'action'
  | 'detach'
  | 'end';

/** Something that happened. */
interface Happening {
  readonly id: string;
  /** In milliseconds since the epoch. */
  readonly at: number;
  readonly name: string;
  readonly route: string;
  readonly handler?: string | undefined;
}

/** Something that took a time. */
interface Timed extends Happening {
  readonly milliseconds: number;
  /** Why it failed. */
  readonly error?: string | undefined;
}

/** Where else to look for more of it. */
interface Traced {
  readonly session?: string | undefined;
  readonly trace?: string | undefined;
}

/** Something that happened in a session; named by the event, the resource or the action. */
export interface TimelineEntry extends Timed {
  readonly kind: EntryKind;
  readonly stages?: Stages | undefined;
  readonly patches: number;
  readonly bytes: number;
}

export interface Timeline {
  readonly session: SessionRow | undefined;
  readonly entries: readonly TimelineEntry[];
}

/** Rows, and the one that is looked at, with all that is known of it. */
export interface Chosen<Row, Whole extends Row> {
  readonly rows: readonly Row[];
  readonly chosen: Whole | undefined;
}

/** What failed; named by the class of the error. */
export interface FailureRow extends Happening, Traced {
  /** `event`, `page`, `connect` and so on. */
  readonly operation: string;
  readonly event?: string | undefined;
  readonly errorType: string;
  readonly message: string;
  readonly component?: string | undefined;
  readonly user?: string | undefined;
}

export interface Failure extends FailureRow {
  readonly stack: string;
}

export type FailureList = Chosen<FailureRow, Failure>;

export interface SpanRow {
  readonly id: string;
  readonly parent?: string | undefined;
  readonly name: string;
  /** The instrumentation that made it. */
  readonly scope: string;
  /** In milliseconds since the epoch. */
  readonly at: number;
  readonly milliseconds: number;
  readonly isError: boolean;
}

/** A slow event; its time is from its receipt to the end of all that it started. */
export interface SlowRow extends Timed, Traced {}

export interface Slow extends SlowRow {
  readonly stages: Stages;
  readonly spans: readonly SpanRow[];
}

export type SlowList = Chosen<SlowRow, Slow>;

export interface Telemetry {
  readonly labels: ReadonlyArray<{ label: string; values: number; cap: number }>;
  readonly failures: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
  readonly version: string;
}

/** A process, and what it answered. */
export interface ProcessAnswer<T> {
  readonly process: number;
  /** Undefined for one that did not answer in time. */
  readonly pid?: number;
  readonly data?: T;
}

export interface Frame<T> {
  readonly processes: ReadonlyArray<ProcessAnswer<T>>;
}
