import type { Kit } from '../kit';
import { lines, RATE, type Row } from './panel';

/** What handlers start. */
export function work({ panels }: Kit): Row {
  const perResource = { by: ['resource'] } as const;
  const perAction = { by: ['action'] } as const;
  return {
    title: 'Resources and actions',
    panels: [
      lines('Loads', 'ops', 'Loads of resources that settled.', {
        expr: panels.observed('resourceDuration', '_count', 'rate', RATE, perResource),
        legend: '{{resource}}',
      }),
      lines('Duration of loads', 'ms', 'The ten slowest resources (p95).', {
        expr: `topk(10, ${panels.quantile(0.95, 'resourceDuration', RATE, perResource)})`,
        legend: '{{resource}}',
      }),
      lines('Loads that fail', 'percentunit', 'Of all loads of the resource.', {
        expr: `${panels.rate('resourceError', RATE, perResource)} / ${panels.observed('resourceDuration', '_count', 'rate', RATE, perResource)}`,
        legend: '{{resource}}',
      }),
      lines('Runs', 'ops', 'Runs of actions that settled.', {
        expr: panels.observed('actionDuration', '_count', 'rate', RATE, perAction),
        legend: '{{action}}',
      }),
      lines('Duration of runs', 'ms', 'The ten slowest actions (p95).', {
        expr: `topk(10, ${panels.quantile(0.95, 'actionDuration', RATE, perAction)})`,
        legend: '{{action}}',
      }),
      lines('Runs that fail', 'percentunit', 'Of all runs of the action.', {
        expr: `${panels.rate('actionError', RATE, perAction)} / ${panels.observed('actionDuration', '_count', 'rate', RATE, perAction)}`,
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
