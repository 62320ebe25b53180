import type { Kit } from '../kit';
import { lines, RANGE, RATE, type Row } from './panel';

/** Sessions, from their connect to their end. */
export function sessions({ panels }: Kit): Row {
  const most = panels.sum('sessionLimit', { by: ['instance'], where: { limit: 'max' } });
  const memory = panels.buckets('sessionMemory', 'increase', RANGE);
  return {
    title: 'Sessions and resumes',
    panels: [
      {
        ...lines(
          'Sessions',
          'short',
          'Tabs that are connected, and sessions that wait for their browser.',
          { expr: panels.sum('sessionsActive', { by: ['instance'] }), legend: '{{instance}}' },
          {
            expr: panels.sum('sessionsDetached', { by: ['instance'] }),
            legend: '{{instance}} detached',
          },
        ),
      },
      lines('How full', 'percentunit', 'Sessions, of those that a process may have.', {
        expr: `${panels.sessions()} / ${most}`,
        legend: '{{instance}}',
      }),
      lines('Connects', 'cps', 'Hellos, by how they were answered.', {
        expr: panels.rate('connects', RATE, { by: ['kind', 'status'] }),
        legend: '{{kind}} {{status}}',
      }),
      lines(
        'Reconnects',
        'cps',
        'Browsers that came back. A wave outside of a deploy means that connections were lost.',
        { expr: panels.rate('reconnects', RATE, { by: ['instance'] }), legend: '{{instance}}' },
      ),
      lines('Failed resumes', 'cps', 'Browsers that came back and lost their session, by reason.', {
        expr: panels.rate('resumeFailed', RATE, { by: ['reason'] }),
        legend: '{{reason}}',
      }),
      lines('Sessions that began', 'cps', 'New ones, and those revived from the store.', {
        expr: panels.rate('sessionsCreated', RATE, { by: ['origin'] }),
        legend: '{{origin}}',
      }),
      lines('How sessions end', 'cps', 'Nearly all expire, some time after their tab is closed.', {
        expr: panels.observed('sessionDuration', '_count', 'rate', RATE, { by: ['end'] }),
        legend: '{{end}}',
      }),
      lines('Evictions', 'cps', 'Sessions that were ended early, to keep a limit.', {
        expr: panels.rate('evictions', RATE, { by: ['instance'] }),
        legend: '{{instance}}',
      }),
      lines(
        'Memory of ended sessions',
        'bytes',
        'Estimated, over the time shown.',
        ...[0.5, 0.95].map(quantile => ({
          expr: `histogram_quantile(${quantile}, ${memory})`,
          legend: `p${100 * quantile}`,
        })),
      ),
    ],
  };
}
