import type { Kit } from '../kit';
import { INSTANCE, SHOP, seriesOf } from '../testSeries';
import type { Alert } from './alert';

/** What users did, and what it took. */
export function eventAlerts({ rules }: Kit): Alert[] {
  const of = seriesOf(rules);
  const byPath = { by: ['path'] } as const;
  const byRoute = { by: ['route'] } as const;
  const failed = { ...byPath, where: { status: 'error' } } as const;
  const failedPages = { ...byRoute, where: { status: '5xx' } } as const;
  const click = { type: 'Click', path: '/' } as const;
  const home = { path: '/' } as const;
  return [
    {
      name: 'VangoRouteErrors',
      severity: 'ticket',
      after: '10m',
      expr: `${rules.rate('events', '10m', failed)} / ${rules.rate('events', '10m', byPath)} > 0.05
  and ${rules.increase('events', '10m', byPath)} > 20`,
      unit: 'share',
      summary: 'Events fail on {path}',
      description:
        '{value} of the events on {path} of {job} failed, for whatever reason, over 10m.',
      fires: {
        series: {
          [of('events', { ...click, status: 'error' })]: '0+2x30',
          [of('events', { ...click, status: 'success' })]: '0+8x30',
        },
        at: '25m',
        labels: { ...SHOP, ...home },
        value: '20%',
      },
      silent: {
        series: {
          [of('events', { ...click, status: 'error' })]: '0+0.1x30',
          [of('events', { ...click, status: 'success' })]: '0+9.9x30',
        },
        at: '25m',
      },
    },
    {
      name: 'VangoPerceivedSlow',
      severity: 'ticket',
      after: '15m',
      expr: `${rules.quantile(0.95, 'eventPerceived', '10m', byPath)} > 1
  and ${rules.observed('eventPerceived', '_count', 'increase', '10m', byPath)} > 20`,
      unit: 'seconds',
      summary: 'Users wait long on {path}',
      description:
        'The slowest 5 % of the events on {path} of {job} kept their users over {value}.',
      fires: {
        series: {
          [of('eventPerceived', home, '_bucket', 1)]: '0+0x30',
          [of('eventPerceived', home, '_bucket', 2.5)]: '0+10x30',
          [of('eventPerceived', home, '_bucket', '+Inf')]: '0+10x30',
          [of('eventPerceived', home, '_count')]: '0+10x30',
        },
        at: '30m',
        labels: { ...SHOP, ...home },
        // 1 s and 95 % of the way to 2.5 s.
        value: '2.425s',
      },
      silent: {
        series: {
          [of('eventPerceived', home, '_bucket', 1)]: '0+10x30',
          [of('eventPerceived', home, '_bucket', 2.5)]: '0+10x30',
          [of('eventPerceived', home, '_bucket', '+Inf')]: '0+10x30',
          [of('eventPerceived', home, '_count')]: '0+10x30',
        },
        at: '30m',
      },
    },
    {
      name: 'VangoEventsWaiting',
      severity: 'ticket',
      after: '5m',
      expr: `${rules.sum('eventsInFlight', {
        by: ['instance'],
        where: { state: 'waiting' },
      })} > 100`,
      unit: 'number',
      summary: 'Events wait for handlers of {instance} that do not settle',
      description: '{value} events of {instance} wait for others of their session.',
      fires: {
        series: { [of('eventsInFlight', { state: 'waiting' })]: '150+0x15' },
        at: '10m',
        labels: INSTANCE,
        value: '150',
      },
      silent: {
        series: { [of('eventsInFlight', { state: 'running' })]: '150+0x15' },
        at: '10m',
      },
    },
    {
      name: 'VangoQueueFull',
      severity: 'ticket',
      keep: '10m',
      expr: `${rules.increase('eventErrors', '10m', {
        ...byPath,
        where: { error_type: 'rate_limit' },
      })} > 5`,
      unit: 'number',
      summary: 'Events on {path} are refused',
      description: '{value} events on {path} of {job} were refused as too many, over 10m.',
      fires: {
        series: { [of('eventErrors', { ...home, error_type: 'rate_limit' })]: '0+1x15' },
        at: '15m',
        labels: { ...SHOP, ...home },
        value: '10',
      },
      silent: {
        series: { [of('eventErrors', { ...home, error_type: 'validation' })]: '0+1x15' },
        at: '15m',
      },
    },
    {
      name: 'VangoBudgetRefusals',
      severity: 'ticket',
      after: '5m',
      expr: `${rules.increase('budgetRefusals', '10m', {
        by: ['kind'],
        where: { kind: ['resource', 'action'] },
      })} > 5`,
      unit: 'number',
      summary: 'Sessions of {job} start too much work: {kind}',
      description: '{value} starts of a {kind} were refused in {job}, over 10m.',
      fires: {
        series: { [of('budgetRefusals', { kind: 'resource' })]: '0+1x20' },
        at: '20m',
        labels: { ...SHOP, kind: 'resource' },
        value: '10',
      },
      silent: { series: { [of('budgetRefusals', { kind: 'prefetch' })]: '0+1x20' }, at: '20m' },
    },
    {
      name: 'VangoPagesFailing',
      severity: 'page',
      after: '5m',
      expr: `${rules.observed('pageDuration', '_count', 'rate', '10m', failedPages)}
  / ${rules.observed('pageDuration', '_count', 'rate', '10m', byRoute)} > 0.05
  and ${rules.observed('pageDuration', '_count', 'increase', '10m', failedPages)} > 5`,
      unit: 'share',
      summary: 'The page {route} does not load',
      description: '{value} of the requests for {route} of {job} were answered with 5xx, over 10m.',
      fires: {
        series: {
          [of('pageDuration', { route: '/', status: '5xx' }, '_count')]: '0+1x20',
          [of('pageDuration', { route: '/', status: '2xx' }, '_count')]: '0+3x20',
        },
        at: '20m',
        labels: { ...SHOP, route: '/' },
        value: '25%',
      },
      silent: {
        series: {
          [of('pageDuration', { route: '/', status: '4xx' }, '_count')]: '0+1x20',
          [of('pageDuration', { route: '/', status: '2xx' }, '_count')]: '0+3x20',
        },
        at: '20m',
      },
    },
    {
      name: 'VangoResourceErrors',
      severity: 'ticket',
      after: '10m',
      expr: `${rules.rate('resourceError', '10m', { by: ['resource'] })}
  / ${rules.observed('resourceDuration', '_count', 'rate', '10m', { by: ['resource'] })} > 0.05
  and ${rules.increase('resourceError', '10m', { by: ['resource'] })} > 5`,
      unit: 'share',
      summary: 'Loads of the resource {resource} fail',
      description: '{value} of the loads of {resource} in {job} failed, over 10m.',
      fires: {
        series: {
          [of('resourceError', { resource: 'stock' })]: '0+1x30',
          [of('resourceDuration', { resource: 'stock' }, '_count')]: '0+10x30',
        },
        at: '25m',
        labels: { ...SHOP, resource: 'stock' },
        value: '10%',
      },
      silent: {
        series: {
          [of('resourceError', { resource: 'stock' })]: '0+1x30',
          [of('resourceDuration', { resource: 'stock' }, '_count')]: '0+100x30',
        },
        at: '25m',
      },
    },
    {
      name: 'VangoResourceSlow',
      severity: 'ticket',
      after: '15m',
      expr: `${rules.quantile(0.95, 'resourceDuration', '10m', { by: ['resource'] })} > 2500`,
      unit: 'milliseconds',
      summary: 'Loads of the resource {resource} are slow',
      description: 'The slowest 5 % of the loads of {resource} in {job} took over {value}.',
      fires: {
        series: {
          [of('resourceDuration', { resource: 'stock' }, '_bucket', 2500)]: '0+0x40',
          [of('resourceDuration', { resource: 'stock' }, '_bucket', 5000)]: '0+5x40',
          [of('resourceDuration', { resource: 'stock' }, '_bucket', '+Inf')]: '0+5x40',
        },
        at: '30m',
        labels: { ...SHOP, resource: 'stock' },
        // 2500 ms and 95 % of the way to 5000 ms.
        value: '4875 ms',
      },
      silent: {
        series: {
          [of('resourceDuration', { resource: 'stock' }, '_bucket', 2500)]: '0+5x40',
          [of('resourceDuration', { resource: 'stock' }, '_bucket', 5000)]: '0+5x40',
          [of('resourceDuration', { resource: 'stock' }, '_bucket', '+Inf')]: '0+5x40',
        },
        at: '30m',
      },
    },
    {
      name: 'VangoActionErrors',
      severity: 'page',
      after: '10m',
      expr: `${rules.rate('actionError', '10m', { by: ['action'] })}
  / ${rules.observed('actionDuration', '_count', 'rate', '10m', { by: ['action'] })} > 0.05
  and ${rules.increase('actionError', '10m', { by: ['action'] })} > 5`,
      unit: 'share',
      summary: 'Runs of the action {action} fail',
      description: '{value} of the runs of {action} in {job} failed, over 10m.',
      fires: {
        series: {
          [of('actionError', { action: 'order' })]: '0+1x30',
          [of('actionDuration', { action: 'order' }, '_count')]: '0+10x30',
        },
        at: '25m',
        labels: { ...SHOP, action: 'order' },
        value: '10%',
      },
      silent: {
        series: {
          [of('actionError', { action: 'order' })]: '0+1x30',
          [of('actionDuration', { action: 'order' }, '_count')]: '0+100x30',
        },
        at: '25m',
      },
    },
  ];
}
