/** What the files of the monitoring kit are made for. */
export interface MonitoringOptions {
  /** First part of all metric names, as `metrics.namespace` has it. */
  readonly namespace: string;
  /** Second part of all metric names, as `metrics.subsystem` has it; may be empty. */
  readonly subsystem: string;
  /** The share of events that shall not fail through a fault of the application. */
  readonly errorObjective: number;
  /** The upper bound of the bucket, in seconds, in which an event is fast. */
  readonly latencyBound: number;
  /** The share of events that shall be fast. */
  readonly latencyObjective: number;
  /** The page that the runbook links of alerts lead to. */
  readonly runbooks: string;
}

export const DEFAULTS: MonitoringOptions = {
  namespace: 'vango',
  subsystem: '',
  errorObjective: 0.999,
  latencyBound: 0.25,
  latencyObjective: 0.99,
  runbooks: 'https://unpkg.com/@vango/opentelemetry/docs/metrics.md',
};

/** The share of events that may miss an objective. */
export function budgetOf(objective: number): number {
  // 1 - 0.999 is not quite 0.001.
  return Number((1 - objective).toPrecision(6));
}
