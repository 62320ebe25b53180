import type { Kit } from '../kit';
import { type Share, shareOf, type Window } from '../recordings';
import { SHOP, seriesOf } from '../testSeries';
import type { Alert, AlertCase } from './alert';

/** How fast an error budget burns, and over which windows that is seen. */
interface Burn {
  readonly name: string;
  readonly severity: 'page' | 'ticket';
  /** How many times faster than the budget allows. */
  readonly factor: number;
  readonly long: Window;
  readonly short: Window;
  readonly after: string;
  /** When an alert whose condition holds from the start has fired. */
  readonly firesAt: string;
  readonly silent: 'recovered' | 'few events';
}

/** The pairs of windows of the workbook on site reliability, for a budget of 30 days. */
const BURNS: readonly Burn[] = [
  {
    name: 'Fast',
    severity: 'page',
    factor: 14.4,
    long: '1h',
    short: '5m',
    after: '2m',
    firesAt: '20m',
    silent: 'recovered',
  },
  {
    name: 'Medium',
    severity: 'page',
    factor: 6,
    long: '6h',
    short: '30m',
    after: '15m',
    firesAt: '40m',
    silent: 'recovered',
  },
  {
    name: 'Slow',
    severity: 'ticket',
    factor: 3,
    long: '1d',
    short: '2h',
    after: '1h',
    firesAt: '90m',
    silent: 'few events',
  },
  {
    name: 'Trickle',
    severity: 'ticket',
    factor: 1,
    long: '3d',
    short: '6h',
    after: '3h',
    firesAt: '4h',
    silent: 'few events',
  },
];

/** Below so many events over the long window, a share says little. */
const ENOUGH_EVENTS = 100;

interface Objective {
  readonly name: string;
  readonly share: Share;
  readonly budget: number;
  /** What too many events do, and what those that miss the objective did. */
  readonly problem: string;
  readonly missed: string;
  /** Series in which so many of ten events a minute miss it, with the given notation of each. */
  readonly series: (missed: string, met: string, all: string) => AlertCase['series'];
}

function objectives({ rules, options, errorBudget, latencyBudget }: Kit): readonly Objective[] {
  const of = seriesOf(rules);
  const event = { type: 'Click', path: '/' } as const;
  return [
    {
      name: 'EventErrors',
      share: 'event_errors',
      budget: errorBudget,
      problem: 'fail',
      missed: 'failed through a fault of the application',
      series: (missed, met) => ({
        [of('eventErrors', { path: '/', error_type: 'internal' })]: missed,
        [of('events', { ...event, status: 'error' })]: missed,
        [of('events', { ...event, status: 'success' })]: met,
      }),
    },
    {
      name: 'EventLatency',
      share: 'event_slow',
      budget: latencyBudget,
      problem: 'are slow',
      missed: `took longer than ${options.latencyBound} s`,
      series: (_, met, all) => ({
        [of('eventDuration', { path: '/' }, '_bucket', options.latencyBound)]: met,
        [of('eventDuration', { path: '/' }, '_count')]: all,
        [of('events', { ...event, status: 'success' })]: all,
      }),
    },
  ];
}

/** Two objectives, each with four alerts on how fast its budget burns. */
export function burnAlerts(kit: Kit): Alert[] {
  return objectives(kit).flatMap(objective => BURNS.map(burn => alertOn(kit, objective, burn)));
}

function alertOn(kit: Kit, objective: Objective, burn: Burn): Alert {
  const { name, factor, long, short, severity, after, firesAt, silent } = burn;
  const limit = `${factor} * ${objective.budget}`;
  const days = Math.round(30 / factor);
  const enough = kit.rules.increase('events', long);
  return {
    name: `Vango${objective.name}Burn${name}`,
    severity,
    after,
    expr: `${shareOf(kit, objective.share, long)} > ${limit}
  and ${shareOf(kit, objective.share, short)} > ${limit}
  and ${enough} > ${ENOUGH_EVENTS}`,
    unit: 'share',
    summary: `Too many events of {job} ${objective.problem}: the budget of 30 days lasts ${days} days`,
    description: `{value} of the events of {job} ${objective.missed}, over ${long}.`,
    fires: {
      series: objective.series('0+9x240', '0+1x240', '0+10x240'),
      at: firesAt,
      labels: SHOP,
      value: '90%',
    },
    silent:
      silent === 'recovered'
        ? {
            // As bad as in the other case, but over: the short window has good events alone.
            series: objective.series('0+9x40 360+0x40', '0+1x40 50+10x40', '0+10x80'),
            at: '80m',
          }
        : { series: objective.series('0+0.09x240', '0+0.01x240', '0+0.1x240'), at: firesAt },
  };
}
