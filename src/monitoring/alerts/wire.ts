import type { Kit } from '../kit';
import { SHOP, seriesOf } from '../testSeries';
import type { Alert } from './alert';

/** What sockets carry, and whether pages and sessions agree. */
export function wireAlerts({ rules }: Kit): Alert[] {
  const of = seriesOf(rules);
  const greeting = { by: ['type'], where: { type: ['upgrade', 'handshake'] } } as const;
  // A browser's own script may change the page: it is no sign of a fault.
  const mismatch = { where: { reason: { not: ['unknown_parent'] } } } as const;
  return [
    {
      name: 'VangoHandshakesRefused',
      severity: 'page',
      after: '5m',
      expr: `60 * ${rules.rate('websocketErrors', '5m', greeting)} > 12`,
      unit: 'number',
      summary: 'Browsers cannot connect to {job}: {type}',
      description: '{value} sockets a minute fail at {job} with {type}.',
      fires: {
        series: { [of('websocketErrors', { type: 'handshake' })]: '0+30x20' },
        at: '15m',
        labels: { ...SHOP, type: 'handshake' },
        value: '30',
      },
      silent: { series: { [of('websocketErrors', { type: 'handshake' })]: '0+6x20' }, at: '15m' },
    },
    {
      name: 'VangoWebSocketErrors',
      severity: 'ticket',
      after: '10m',
      expr: `60 * ${rules.rate('websocketErrors', '5m', {
        by: ['type'],
        where: { type: { not: ['upgrade', 'handshake', 'timeout'] } },
      })} > 60`,
      unit: 'number',
      summary: 'Sockets of {job} fail: {type}',
      description: '{value} sockets a minute fail at {job} with {type}.',
      fires: {
        series: { [of('websocketErrors', { type: 'read' })]: '0+120x20' },
        at: '20m',
        labels: { ...SHOP, type: 'read' },
        value: '120',
      },
      silent: { series: { [of('websocketErrors', { type: 'timeout' })]: '0+120x20' }, at: '20m' },
    },
    {
      name: 'VangoPatchMismatch',
      severity: 'page',
      after: '5m',
      expr: `${rules.rate('patchMismatch', '5m', mismatch)} / ${rules.rate('events', '5m')} > 0.01
  and ${rules.increase('patchMismatch', '5m', mismatch)} > 10`,
      unit: 'share',
      summary: 'Pages of {job} differ from what the server believes',
      description: 'For {value} of the events of {job}, page and session did not agree, over 5m.',
      fires: {
        series: {
          [of('patchMismatch', { reason: 'seq_gap' })]: '0+6x20',
          [of('events', { type: 'Click', path: '/', status: 'success' })]: '0+100x20',
        },
        at: '15m',
        labels: SHOP,
        value: '6%',
      },
      silent: {
        series: {
          [of('patchMismatch', { reason: 'unknown_parent' })]: '0+6x20',
          [of('events', { type: 'Click', path: '/', status: 'success' })]: '0+100x20',
        },
        at: '15m',
      },
    },
    {
      name: 'VangoPatchTooLarge',
      severity: 'ticket',
      keep: '30m',
      expr: `${rules.increase('patchMismatch', '15m', {
        where: { reason: 'patch_too_large' },
      })} > 0`,
      unit: 'number',
      summary: 'A page of {job} does not fit what may be sent',
      description: '{value} changes of pages of {job} were too large to send, over 15m.',
      fires: {
        series: { [of('patchMismatch', { reason: 'patch_too_large' })]: '0+0x5 1+0x15' },
        at: '15m',
        labels: SHOP,
        value: '1',
      },
      silent: { series: { [of('patchMismatch', { reason: 'seq_gap' })]: '0+1x20' }, at: '15m' },
    },
    {
      name: 'VangoPatchesHuge',
      severity: 'ticket',
      after: '30m',
      expr: `${rules.quantile(0.99, 'patchBytes', '15m', { by: ['route'] })} > 32768`,
      unit: 'bytes',
      summary: 'Changes of {route} are large',
      description: 'The largest 1 % of the patch frames of {route} in {job} have over {value}.',
      fires: {
        series: {
          [of('patchBytes', { route: '/' }, '_bucket', 32_768)]: '0+0x60',
          [of('patchBytes', { route: '/' }, '_bucket', 65_536)]: '0+5x60',
          [of('patchBytes', { route: '/' }, '_bucket', '+Inf')]: '0+5x60',
        },
        at: '50m',
        labels: { ...SHOP, route: '/' },
        // 32,768 and 99 % of the way to 65,536.
        value: '63.68kiB',
      },
      silent: {
        series: {
          [of('patchBytes', { route: '/' }, '_bucket', 32_768)]: '0+5x60',
          [of('patchBytes', { route: '/' }, '_bucket', 65_536)]: '0+5x60',
          [of('patchBytes', { route: '/' }, '_bucket', '+Inf')]: '0+5x60',
        },
        at: '50m',
      },
    },
  ];
}
