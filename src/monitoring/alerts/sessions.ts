import type { Kit } from '../kit';
import { resumesOf } from '../recordings';
import { INSTANCE, SHOP, seriesOf } from '../testSeries';
import type { Alert } from './alert';

/** Whether there are sessions, whether browsers get them, and get them back. */
export function sessionAlerts(kit: Kit): Alert[] {
  const { rules } = kit;
  const of = seriesOf(rules);
  const active = of('sessionsActive', {});
  const detached = of('sessionsDetached', {});
  const before = rules.group('sum', [], `${rules.select('sessionsActive')} offset 10m`);
  const perInstance = { by: ['instance'] } as const;
  const refused = ['server_busy', 'internal_error', 'limit_exceeded'] as const;
  const broken = {
    by: ['reason'],
    where: { reason: ['rebuild_error', 'store_error', 'decode_error'] },
  } as const;
  const most = rules.sum('sessionLimit', { ...perInstance, where: { limit: 'max' } });
  const connected = rules.sum('sessionsActive', perInstance);
  const waiting = rules.sum('sessionsDetached', perInstance);
  return [
    {
      name: 'VangoMetricsAbsent',
      severity: 'page',
      after: '5m',
      expr: `absent(${rules.select('sessionsActive')})`,
      unit: 'number',
      summary: 'No process reports metrics',
      description: `absent(${rules.name('sessionsActive')}) is {value}: nothing was scraped.`,
      fires: { series: { [active]: '5+0x5 stale' }, at: '15m', labels: {}, value: '1' },
      silent: { series: { [active]: '0+0x15' }, at: '15m' },
    },
    {
      name: 'VangoMassDisconnect',
      severity: 'page',
      after: '2m',
      expr: `${rules.sum('sessionsActive')} < 0.5 * ${before}
  and ${before} > 50`,
      unit: 'number',
      summary: 'More than half of the browsers of {job} have lost their connection',
      description: '{value} sessions of {job} are connected; ten minutes ago, it was over twice.',
      fires: { series: { [active]: '100+0x10 20+0x10' }, at: '20m', labels: SHOP, value: '20' },
      silent: { series: { [active]: '100+0x10 60+0x10' }, at: '20m' },
    },
    {
      name: 'VangoReconnectStorm',
      severity: 'ticket',
      after: '10m',
      expr: `60 * ${rules.rate('reconnects', '5m')} > 0.1 * ${rules.sum('sessionsActive')}
  and ${rules.sum('sessionsActive')} > 50`,
      unit: 'number',
      summary: 'Browsers of {job} lose their connections again and again',
      description: '{value} browsers a minute come back to {job}, over a tenth of those connected.',
      fires: {
        series: { [of('reconnects', {})]: '0+20x20', [active]: '100+0x20' },
        at: '20m',
        labels: SHOP,
        value: '20',
      },
      silent: { series: { [of('reconnects', {})]: '0+5x20', [active]: '100+0x20' }, at: '20m' },
    },
    {
      name: 'VangoResumeFailing',
      severity: 'page',
      after: '10m',
      expr: `${resumesOf(kit)} < 0.8
  and ${rules.increase('resumeFailed', '15m')} > 10`,
      unit: 'share',
      summary: 'Browsers that come back to {job} do not get their session',
      description: '{value} of the resumes of {job} succeed, over 15m.',
      fires: {
        series: {
          [of('resumeSuccess', {})]: '0+5x30',
          [of('resumeFailed', { reason: 'not_found' })]: '0+5x30',
        },
        at: '30m',
        labels: SHOP,
        value: '50%',
      },
      silent: {
        series: {
          [of('resumeSuccess', {})]: '0+45x30',
          [of('resumeFailed', { reason: 'not_found' })]: '0+5x30',
        },
        at: '30m',
      },
    },
    {
      name: 'VangoResumeBroken',
      severity: 'page',
      after: '2m',
      expr: `${rules.increase('resumeFailed', '10m', broken)} > 3`,
      unit: 'number',
      summary: 'Sessions of {job} cannot be restored: {reason}',
      description: '{value} resumes of {job} failed with {reason}, over 10m.',
      fires: {
        series: { [of('resumeFailed', { reason: 'rebuild_error' })]: '0+1x20' },
        at: '15m',
        labels: { ...SHOP, reason: 'rebuild_error' },
        value: '10',
      },
      silent: { series: { [of('resumeFailed', { reason: 'expired' })]: '0+1x20' }, at: '15m' },
    },
    {
      name: 'VangoConnectsRefused',
      severity: 'page',
      after: '5m',
      expr: `${rules.rate('connects', '5m', { by: ['status'], where: { status: refused } })}
  / ignoring (status) group_left ${rules.rate('connects', '5m')} > 0.05
  and ${rules.increase('connects', '5m', { by: ['status'], where: { status: refused } })} > 5`,
      unit: 'share',
      summary: 'Browsers are refused by {job}: {status}',
      description: '{value} of the hellos to {job} were answered with {status}, over 5m.',
      fires: {
        series: {
          [of('connects', { kind: 'new', status: 'server_busy' })]: '0+2x20',
          [of('connects', { kind: 'new', status: 'ok' })]: '0+8x20',
        },
        at: '15m',
        labels: { ...SHOP, status: 'server_busy' },
        value: '20%',
      },
      silent: {
        series: {
          [of('connects', { kind: 'new', status: 'invalid_csrf' })]: '0+2x20',
          [of('connects', { kind: 'new', status: 'ok' })]: '0+8x20',
        },
        at: '15m',
      },
    },
    {
      name: 'VangoDetachedPileup',
      severity: 'ticket',
      after: '15m',
      expr: `${waiting} > 2 * ${connected}
  and ${waiting} > 100`,
      unit: 'number',
      summary: 'Sessions of {instance} wait for browsers that do not come back',
      description: '{value} sessions of {instance} are detached, over twice those connected.',
      fires: {
        series: { [detached]: '300+0x20', [active]: '100+0x20' },
        at: '20m',
        labels: INSTANCE,
        value: '300',
      },
      silent: { series: { [detached]: '150+0x20', [active]: '100+0x20' }, at: '20m' },
    },
    {
      name: 'VangoSessionsNearLimit',
      severity: 'ticket',
      after: '10m',
      expr: `${rules.sessions()} / ${most} > 0.8`,
      unit: 'share',
      summary: '{instance} is nearly full',
      description: '{value} of the sessions that {instance} may have are in use.',
      fires: {
        series: {
          [active]: '600+0x20',
          [detached]: '300+0x20',
          [of('sessionLimit', { limit: 'max' })]: '1000+0x20',
        },
        at: '15m',
        labels: INSTANCE,
        value: '90%',
      },
      silent: {
        series: {
          [active]: '600+0x20',
          [detached]: '100+0x20',
          [of('sessionLimit', { limit: 'max' })]: '1000+0x20',
        },
        at: '15m',
      },
    },
    {
      name: 'VangoSessionsEvicted',
      severity: 'ticket',
      keep: '15m',
      expr: `${rules.increase('evictions', '15m', perInstance)} > 10`,
      unit: 'number',
      summary: '{instance} ends sessions early to keep a limit',
      description: '{value} sessions of {instance} were evicted, over 15m.',
      fires: {
        series: { [of('evictions', {})]: '0+1x20' },
        at: '20m',
        labels: INSTANCE,
        value: '15',
      },
      silent: { series: { [of('evictions', {})]: '0+0.5x20' }, at: '20m' },
    },
    {
      name: 'VangoSessionMemoryHigh',
      severity: 'ticket',
      after: '1h',
      expr: `${rules.quantile(0.95, 'sessionMemory', '1h')} > 524288`,
      unit: 'bytes',
      summary: 'Sessions of {job} are large',
      description: 'The largest 5 % of the sessions of {job} that ended had over {value}.',
      fires: {
        series: {
          [of('sessionMemory', {}, '_bucket', 102_400)]: '0+0x90',
          [of('sessionMemory', {}, '_bucket', 1_048_576)]: '0+1x90',
          [of('sessionMemory', {}, '_bucket', '+Inf')]: '0+1x90',
        },
        at: '80m',
        labels: SHOP,
        // 102,400 and 95 % of the way to 1,048,576.
        value: '977.8kiB',
      },
      silent: {
        series: {
          [of('sessionMemory', {}, '_bucket', 102_400)]: '0+1x90',
          [of('sessionMemory', {}, '_bucket', 1_048_576)]: '0+1x90',
          [of('sessionMemory', {}, '_bucket', '+Inf')]: '0+1x90',
        },
        at: '80m',
      },
    },
  ];
}
