import type { Kit } from '../kit';
import { lines, RANGE, RATE, type Row, top } from './panel';

const ON_PATH = { path: { variable: 'path' } } as const;

/** What users do, what fails, and what is slow. */
export function events({ panels }: Kit): Row {
  const chosen = { where: ON_PATH };
  const perPath = { by: ['path'], where: ON_PATH } as const;
  const failed = { by: ['path'], where: { ...ON_PATH, status: 'error' } } as const;
  const all = panels.increase('events', RANGE, { by: ['path'] });
  const durations = panels.buckets('eventDuration', 'increase', RANGE, { by: ['path'] });
  const failures = panels.increase('events', RANGE, { by: ['path'], where: { status: 'error' } });
  return {
    title: 'Events',
    panels: [
      {
        ...lines('Events by type', 'ops', 'What users do.', {
          expr: panels.rate('events', RATE, { by: ['type'], where: ON_PATH }),
          legend: '{{type}}',
        }),
        stacked: true,
      },
      lines('Errors by type', 'cps', 'Why events fail. validation and the like are of users.', {
        expr: panels.rate('eventErrors', RATE, { by: ['error_type'], where: ON_PATH }),
        legend: '{{error_type}}',
      }),
      lines(
        'Failing events by route',
        'percentunit',
        'The ten routes with the highest share of events that fail.',
        {
          expr: top(
            `${panels.rate('events', RATE, failed)} / ${panels.rate('events', RATE, perPath)}`,
          ),
          legend: '{{path}}',
        },
      ),
      lines(
        'Duration of events',
        's',
        'From taking an event off its queue to its patches being written. Dots lead to traces.',
        ...[0.5, 0.95, 0.99].map(quantile => ({
          expr: panels.quantile(quantile, 'eventDuration', RATE, chosen),
          legend: `p${100 * quantile}`,
          exemplars: true as const,
        })),
      ),
      {
        kind: 'heatmap',
        title: 'Durations of events',
        unit: 's',
        description: 'How many events took how long.',
        width: 8,
        query: {
          expr: panels.buckets('eventDuration', 'increase', RATE, chosen),
          legend: '{{le}}',
        },
      },
      lines(
        'Events in flight',
        'short',
        'Events whose handlers have not settled, and those that wait for them.',
        { expr: panels.sum('eventsInFlight', { by: ['state'] }), legend: '{{state}}' },
      ),
      {
        kind: 'table',
        title: 'Routes',
        unit: 's',
        description: 'All routes, over the time shown. A click on one shows it alone.',
        width: 24,
        label: 'path',
        sets: 'path',
        sortBy: 'Time spent',
        columns: [
          {
            title: 'Events',
            unit: 'short',
            expr: all,
          },
          {
            title: 'Failed',
            unit: 'percentunit',
            expr: `${failures} / ${all}`,
          },
          {
            title: 'Time spent',
            unit: 's',
            expr: panels.observed('eventDuration', '_sum', 'increase', RANGE, { by: ['path'] }),
          },
          {
            title: 'p95',
            unit: 's',
            expr: `histogram_quantile(0.95, ${durations})`,
          },
        ],
      },
    ],
  };
}

/** What users wait for, and its parts. */
export function perceived({ panels }: Kit): Row {
  const chosen = { where: ON_PATH };
  const perPath = { by: ['path'], where: ON_PATH } as const;
  const perRoute = { by: ['route'] } as const;
  return {
    title: 'What users feel',
    panels: [
      lines(
        'Wait of users',
        's',
        'From an event to the change of the page, as its user sees it. Dots lead to traces.',
        ...[0.5, 0.95, 0.99].map(quantile => ({
          expr: panels.quantile(quantile, 'eventPerceived', RATE, chosen),
          legend: `p${100 * quantile}`,
          exemplars: true as const,
        })),
      ),
      {
        ...lines(
          'Parts of the wait',
          's',
          'Means of what makes up the wait. What is missing to the whole, the browser takes.',
          { expr: panels.mean('eventQueue', RATE, chosen), legend: 'queue' },
          { expr: panels.mean('eventDuration', RATE, chosen), legend: 'handling' },
          {
            expr: panels.mean('roundTrip', RATE),
            legend: 'network',
          },
          { expr: panels.mean('eventPerceived', RATE, chosen), legend: 'whole' },
        ),
      },
      lines('Slowest routes for users', 's', 'The ten routes with the longest waits (p95).', {
        expr: top(panels.quantile(0.95, 'eventPerceived', RATE, perPath)),
        legend: '{{path}}',
      }),
      lines(
        'Wait in the queue',
        's',
        'A session handles one event at a time: later ones wait (p95).',
        {
          expr: top(panels.quantile(0.95, 'eventQueue', RATE, perPath)),
          legend: '{{path}}',
        },
      ),
      lines('Render', 's', 'Time to render what an event changed, and to compare it (p95).', {
        expr: top(panels.quantile(0.95, 'renderDuration', RATE, perRoute)),
        legend: '{{route}}',
      }),
      lines(
        'Round trip',
        's',
        'Time until browsers answer a ping.',
        ...[0.5, 0.95].map(quantile => ({
          expr: panels.quantile(quantile, 'roundTrip', RATE),
          legend: `p${100 * quantile}`,
        })),
      ),
      lines('Pages', 'ops', 'Requests for pages, by route and status.', {
        expr: panels.observed('pageDuration', '_count', 'rate', RATE, { by: ['route', 'status'] }),
        legend: '{{route}} {{status}}',
      }),
      lines('Duration of pages', 's', 'Time from a page request to its answer (p95).', {
        expr: top(panels.quantile(0.95, 'pageDuration', RATE, perRoute)),
        legend: '{{route}}',
        exemplars: true,
      }),
      lines('Duration of connects', 's', 'Time from a hello to its answer (p95).', {
        expr: panels.quantile(0.95, 'connectDuration', RATE, { by: ['kind'] }),
        legend: '{{kind}}',
        exemplars: true,
      }),
    ],
  };
}
