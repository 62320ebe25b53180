/** The units that panels use, of those that Grafana knows. */
export type Unit = 'short' | 'percentunit' | 's' | 'ms' | 'bytes' | 'binBps' | 'ops' | 'cps';

/** What a panel asks Prometheus. */
export interface Query {
  readonly expr: string;
  /** How a series is called; labels in double braces. */
  readonly legend: string;
  /** Whether samples of single events, which lead to their traces, are shown as well. */
  readonly exemplars?: true;
}

interface Common {
  readonly title: string;
  readonly description: string;
  readonly unit: Unit;
  /** Of 24 columns. */
  readonly width: number;
}

/** A number, with its past behind it. */
export interface StatPanel extends Common {
  readonly kind: 'stat' | 'gauge';
  readonly query: Query;
  /** From which value on it is yellow and red; descending for what should be high. */
  readonly warn?: readonly [yellow: number, red: number];
}

/** Lines over time. */
export interface LinesPanel extends Common {
  readonly kind: 'timeseries';
  readonly queries: readonly Query[];
  /** Whether lines are stacked. */
  readonly stacked?: true;
}

/** How many observations fell into which bucket. */
export interface HeatmapPanel extends Common {
  readonly kind: 'heatmap';
  readonly query: Query;
}

/** Rows by the value of a label. */
export interface TablePanel extends Common {
  readonly kind: 'table';
  readonly label: string;
  /** Columns after the first, each with its unit. */
  readonly columns: ReadonlyArray<{
    readonly title: string;
    readonly unit: Unit;
    readonly expr: string;
  }>;
  /** The column by which rows are sorted, the highest first. */
  readonly sortBy: string;
  /** The variable of the dashboard that a click on a row sets. */
  readonly sets: string;
}

/** The alerts that fire. */
export interface AlertsPanel extends Common {
  readonly kind: 'alertlist';
}

export type Panel = StatPanel | LinesPanel | HeatmapPanel | TablePanel | AlertsPanel;

/** Panels under a title of their own. */
export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** What each panel of a table of lines has to say; the rest is alike. */
export function lines(
  title: string,
  unit: Unit,
  description: string,
  ...queries: readonly Query[]
): LinesPanel {
  return { kind: 'timeseries', title, unit, description, width: 8, queries };
}

/** The ten series with the highest values. */
export function top(expression: string): string {
  return `topk(10, ${expression})`;
}

/** Over what Grafana computes a rate, so that it holds at any zoom. */
export const RATE = '$__rate_interval';
/** The whole time that a dashboard shows. */
export const RANGE = '$__range';
