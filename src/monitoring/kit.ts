import { budgetOf, type MonitoringOptions } from './options';
import { Promql } from './promql';

/** What panels, rules and their tests are written with. */
export interface Kit {
  readonly options: MonitoringOptions;
  /** Expressions of rules: for all processes, by job. */
  readonly rules: Promql;
  /** Expressions of panels: for the job and the instance chosen. */
  readonly panels: Promql;
  /** Shares of events that may miss the objectives. */
  readonly errorBudget: number;
  readonly latencyBudget: number;
}

export function kitOf(options: MonitoringOptions): Kit {
  return {
    options,
    rules: new Promql(options, [], ['job']),
    panels: new Promql(options, ['job=~"$job"', 'instance=~"$instance"'], []),
    errorBudget: budgetOf(options.errorObjective),
    latencyBudget: budgetOf(options.latencyObjective),
  };
}
