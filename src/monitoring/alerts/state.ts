import type { Kit } from '../kit';
import { SHOP, seriesOf } from '../testSeries';
import type { Alert } from './alert';

/** What is stored, and whether the code that runs can read it. */
export function stateAlerts({ rules }: Kit): Alert[] {
  const of = seriesOf(rules);
  const notStored = { reason: { not: ['store_error', 'store_closed', 'transient'] } } as const;
  const stored = { operation: 'save' } as const;
  return [
    {
      name: 'VangoStoreFailing',
      severity: 'page',
      after: '5m',
      expr: `${rules.added(
        'storeOperationDuration',
        '10m',
        { by: ['operation'], where: { outcome: 'error' } },
        '_count',
      )} > 0`,
      unit: 'number',
      summary: 'The session store of {job} fails to {operation}',
      description: '{value} times, the store of {job} failed to {operation} a session, over 10m.',
      fires: {
        series: {
          [of('storeOperationDuration', { ...stored, outcome: 'error' }, '_count')]: '0+1x20',
        },
        at: '15m',
        labels: { ...SHOP, ...stored },
        value: '10',
      },
      silent: {
        series: {
          [of('storeOperationDuration', { ...stored, outcome: 'success' }, '_count')]: '0+1x20',
        },
        at: '15m',
      },
    },
    {
      name: 'VangoStoreSlow',
      severity: 'ticket',
      after: '15m',
      expr: `${rules.quantile(0.99, 'storeOperationDuration', '10m', { by: ['operation'] })} > 0.5`,
      unit: 'seconds',
      summary: 'The session store of {job} is slow to {operation}',
      description: 'The slowest 1 % of what the store of {job} does to {operation} takes {value}.',
      fires: {
        series: {
          [of('storeOperationDuration', { ...stored, outcome: 'success' }, '_bucket', 0.5)]:
            '0+0x30',
          [of('storeOperationDuration', { ...stored, outcome: 'success' }, '_bucket', 1)]: '0+5x30',
          [of('storeOperationDuration', { ...stored, outcome: 'success' }, '_bucket', '+Inf')]:
            '0+5x30',
        },
        at: '30m',
        labels: { ...SHOP, ...stored },
        // 0.5 s and 99 % of the way to 1 s.
        value: '995ms',
      },
      silent: {
        series: {
          [of('storeOperationDuration', { ...stored, outcome: 'success' }, '_bucket', 0.5)]:
            '0+5x30',
          [of('storeOperationDuration', { ...stored, outcome: 'success' }, '_bucket', 1)]: '0+5x30',
          [of('storeOperationDuration', { ...stored, outcome: 'success' }, '_bucket', '+Inf')]:
            '0+5x30',
        },
        at: '30m',
      },
    },
    {
      name: 'VangoPersistRejected',
      severity: 'ticket',
      after: '10m',
      expr: `${rules.increase('persistWriteRejected', '30m', {
        by: ['stable_id', 'reason'],
        where: notStored,
      })} > 5`,
      unit: 'number',
      summary: 'The signal {stable_id} is not kept: {reason}',
      description: '{value} values of {stable_id} in {job} were refused with {reason}, over 30m.',
      fires: {
        series: {
          [of('persistWriteRejected', { reason: 'signal_too_large', stable_id: 'cart' })]: '0+1x50',
        },
        at: '45m',
        labels: { ...SHOP, reason: 'signal_too_large', stable_id: 'cart' },
        value: '30',
      },
      silent: {
        series: {
          [of('persistWriteRejected', { reason: 'transient', stable_id: 'cart' })]: '0+1x50',
        },
        at: '45m',
      },
    },
    {
      name: 'VangoSchemaMismatch',
      severity: 'page',
      keep: '30m',
      expr: `${rules.added('schemaMismatch', '10m', {
        by: ['reason'],
        where: { reason: { not: ['missing_id'] } },
      })} > 0`,
      unit: 'number',
      summary: 'Stored sessions of {job} no longer fit the code: {reason}',
      description: '{value} stored sessions or signals of {job} did not fit ({reason}), over 10m.',
      fires: {
        // Counted while the process started, before the first scrape.
        series: { [of('schemaMismatch', { reason: 'hash' })]: '2+0x5' },
        at: '5m',
        labels: { ...SHOP, reason: 'hash' },
        value: '2',
      },
      // A deploy that adds values.
      silent: { series: { [of('schemaMismatch', { reason: 'missing_id' })]: '2+0x5' }, at: '5m' },
    },
    {
      name: 'VangoSignalWriteViolation',
      severity: 'ticket',
      keep: '1h',
      expr: `${rules.increase('signalWriteViolation', '15m', { by: ['operation', 'reason'] })} > 0`,
      unit: 'number',
      summary: 'A signal of {job} was written where it may not be: {reason}',
      description: '{value} calls of {operation} in {job} broke a rule ({reason}), over 15m.',
      fires: {
        series: {
          [of('signalWriteViolation', { operation: 'Set', reason: 'off_loop' })]: '0+0x5 3+0x15',
        },
        at: '15m',
        labels: { ...SHOP, operation: 'Set', reason: 'off_loop' },
        value: '3',
      },
      silent: {
        series: {
          [of('signalWriteViolation', { operation: 'Set', reason: 'off_loop' })]: '3+0x20',
        },
        at: '15m',
      },
    },
    {
      name: 'VangoColdDeploy',
      severity: 'info',
      expr: `${rules.added('coldDeployAck', '15m', { by: ['source'] })} > 0`,
      unit: 'number',
      summary: 'A deploy of {job} discards stored sessions',
      description: '{value} processes of {job} acknowledged it, by {source}, over 15m.',
      fires: {
        series: { [of('coldDeployAck', { source: 'env' })]: '1+0x5' },
        at: '5m',
        labels: { ...SHOP, source: 'env' },
        value: '1',
      },
      silent: { series: { [of('coldDeployAck', { source: 'env' })]: '1+0x20' }, at: '20m' },
    },
  ];
}
