import type { Kit } from '../kit';
import { lines, RATE, type Row, top } from './panel';

/** What handlers start. */
export function work({ panels }: Kit): Row {
  const perResource = { by: ['resource'] } as const;
  const perAction = { by: ['action'] } as const;
  const loads = panels.observed('resourceDuration', '_count', 'rate', RATE, perResource);
  const runs = panels.observed('actionDuration', '_count', 'rate', RATE, perAction);
  return {
    title: 'Resources and actions',
    panels: [
      lines('Loads', 'ops', 'Loads of resources that settled.', {
        expr: loads,
        legend: '{{resource}}',
      }),
      lines('Duration of loads', 'ms', 'The ten slowest resources (p95).', {
        expr: top(panels.quantile(0.95, 'resourceDuration', RATE, perResource)),
        legend: '{{resource}}',
      }),
      lines('Loads that fail', 'percentunit', 'Of all loads of the resource.', {
        expr: `${panels.rate('resourceError', RATE, perResource)} / ${loads}`,
        legend: '{{resource}}',
      }),
      lines('Runs', 'ops', 'Runs of actions that settled.', {
        expr: runs,
        legend: '{{action}}',
      }),
      lines('Duration of runs', 'ms', 'The ten slowest actions (p95).', {
        expr: top(panels.quantile(0.95, 'actionDuration', RATE, perAction)),
        legend: '{{action}}',
      }),
      lines('Runs that fail', 'percentunit', 'Of all runs of the action.', {
        expr: `${panels.rate('actionError', RATE, perAction)} / ${runs}`,
        legend: '{{action}}',
      }),
      {
        ...lines('Work refused', 'cps', 'What a budget or a full queue refused.', {
          expr: panels.rate('budgetRefusals', RATE, { by: ['kind'] }),
          legend: '{{kind}}',
        }),
        width: 12,
      },
      {
        ...lines('Signals written where they may not be', 'cps', 'Mistakes of the code.', {
          expr: panels.rate('signalWriteViolation', RATE, { by: ['operation', 'reason'] }),
          legend: '{{operation}} {{reason}}',
        }),
        width: 12,
      },
    ],
  };
}
