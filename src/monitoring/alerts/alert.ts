/**
 * How urgent an alert is: wake somebody, open a ticket, or note it beside what else happens.
 */
type Severity = 'page' | 'ticket' | 'info';

/** How the value of an alert is written. */
export type AlertUnit = 'share' | 'seconds' | 'milliseconds' | 'bytes' | 'number';

/** What Prometheus sees in a test of an alert: series by selector, with a value each minute. */
export interface AlertCase {
  readonly series: Readonly<Record<string, string>>;
  /** When it is looked at. */
  readonly at: string;
}

/** A case in which an alert fires, with what it says. */
interface FiringCase extends AlertCase {
  /** The labels of the alert, besides its severity. */
  readonly labels: Readonly<Record<string, string>>;
  /** The value as the description has it. */
  readonly value: string;
}

/** An alert with its tests. */
export interface Alert {
  readonly name: string;
  readonly severity: Severity;
  /** How long the expression must hold. */
  readonly after?: string;
  /** How long the alert goes on once the expression holds no more. */
  readonly keep?: string;
  readonly expr: string;
  readonly unit: AlertUnit;
  /** One line. A label in braces, such as `{path}`, stands for its value. */
  readonly summary: string;
  /** What was measured: `{value}` stands for it. */
  readonly description: string;
  readonly fires: FiringCase;
  readonly silent: AlertCase;
}
