import { FAULTS } from '../faults';
import type { Kit } from '../kit';
import { type Panel, RANGE, RATE, type Row, type StatPanel } from './panel';

/** Is it healthy? */
export function overview({ panels, options, errorBudget, latencyBudget }: Kit): Row {
  const faults = { where: { error_type: FAULTS } };
  const failing = (window: string, change: 'rate' | 'increase'): string => {
    const failed = panels[change]('eventErrors', window, faults);
    return `(${failed} or vector(0)) / ${panels[change]('events', window)}`;
  };
  const fast = (window: string, change: 'rate' | 'increase'): string => {
    const inTime = panels.within('eventDuration', options.latencyBound, change, window);
    return `${inTime} / ${panels.observed('eventDuration', '_count', change, window)}`;
  };
  const resumed = panels.increase('resumeSuccess', RANGE);
  const stat = (
    title: string,
    unit: StatPanel['unit'],
    description: string,
    expr: string,
    warn?: StatPanel['warn'],
  ): Panel => ({
    kind: 'stat',
    title,
    unit,
    description,
    width: 4,
    query: { expr, legend: title },
    warn,
  });
  return {
    title: 'Overview',
    panels: [
      stat(
        'Sessions connected',
        'short',
        'Browser tabs that are connected now.',
        panels.sum('sessionsActive'),
      ),
      stat(
        'Events per second',
        'ops',
        'What users do: clicks, input, navigations.',
        panels.rate('events', RATE),
      ),
      stat(
        'Events that fail through a fault',
        'percentunit',
        'Errors that are no mistake of a user: internal, timeout, rate_limit and the like.',
        failing(RATE, 'rate'),
        [errorBudget, 10 * errorBudget],
      ),
      stat(
        `Events within ${options.latencyBound} s`,
        'percentunit',
        'The share of events that were handled in the time of the objective.',
        fast(RATE, 'rate'),
        [options.latencyObjective, 1 - 10 * latencyBudget],
      ),
      stat(
        'Wait of users, p95',
        's',
        'What 95 % of users wait at most, from their event to the change of the page.',
        panels.quantile(0.95, 'eventPerceived', RATE),
        [0.5, 1],
      ),
      stat(
        'Resumes that succeed',
        'percentunit',
        'Browsers that came back and got their session, over the time shown.',
        `${resumed} / (${resumed} + ${panels.increase('resumeFailed', RANGE)})`,
        [0.9, 0.8],
      ),
      {
        kind: 'gauge',
        title: 'Error budget left',
        unit: 'percentunit',
        description: `What is left of the ${percent(errorBudget)} of events that may fail in 30 days.`,
        width: 8,
        query: { expr: `1 - ${failing('30d', 'increase')} / ${errorBudget}`, legend: 'left' },
        warn: [0.5, 0.1],
      },
      {
        kind: 'gauge',
        title: 'Latency budget left',
        unit: 'percentunit',
        description: `What is left of the ${percent(latencyBudget)} of events that may be slow in 30 days.`,
        width: 8,
        query: {
          expr: `1 - (1 - ${fast('30d', 'increase')}) / ${latencyBudget}`,
          legend: 'left',
        },
        warn: [0.5, 0.1],
      },
      {
        kind: 'alertlist',
        title: 'Alerts',
        unit: 'short',
        description: 'The alerts of this application that are pending or fire.',
        width: 8,
      },
    ],
  };
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(6))} %`;
}
