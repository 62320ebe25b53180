import { CATALOGUE, type MetricDefinition } from '../../metrics/catalogue';
import type { Kit } from '../kit';
import { OTHER_METRICS } from '../otherMetrics';
import { INSTANCE, otherSeries, SHOP, seriesOf } from '../testSeries';
import type { Alert } from './alert';

/** Processes, and telemetry itself. */
export function processAlerts({ rules }: Kit): Alert[] {
  const of = seriesOf(rules);
  const [samples] = OTHER_METRICS.samplesScraped;
  const [delay] = OTHER_METRICS.loopDelay;
  const overflow = openLabels().map(label => `{__name__=~"${rules.prefix}_.+",${label}="_other"}`);
  return [
    {
      name: 'VangoEventLoopBlocked',
      severity: 'page',
      after: '5m',
      expr: `${rules.group('max', ['instance'], OTHER_METRICS.loopDelay.join(' or '))} > 0.2`,
      unit: 'seconds',
      summary: 'The event loop of {instance} is blocked',
      description: 'Timers of {instance} are late by {value} (p99): all of its sessions wait.',
      fires: {
        series: { [otherSeries(delay)]: '0.5+0x15' },
        at: '10m',
        labels: INSTANCE,
        value: '500ms',
      },
      silent: { series: { [otherSeries(delay)]: '0.02+0x15' }, at: '10m' },
    },
    {
      name: 'VangoTelemetryFailing',
      severity: 'ticket',
      keep: '30m',
      expr: `${rules.added('telemetryFailures', '15m', { by: ['where'] })} > 0`,
      unit: 'number',
      summary: 'Telemetry of {job} fails: {where}',
      description: '{value} failures of telemetry were swallowed in {job} ({where}), over 15m.',
      fires: {
        series: { [of('telemetryFailures', { where: 'hook' })]: '0+0x5 4+0x15' },
        at: '15m',
        labels: { ...SHOP, where: 'hook' },
        value: '4',
      },
      silent: { series: { [of('telemetryFailures', { where: 'hook' })]: '0+0x20' }, at: '20m' },
    },
    {
      name: 'VangoLabelsOverflow',
      severity: 'ticket',
      expr: `${rules.group('count', [], overflow.join('\n  or '))} > 0`,
      unit: 'number',
      summary: 'A label of {job} is past its cap',
      description: '{value} series of {job} count together, as _other, what should be apart.',
      fires: {
        series: {
          [of('eventDuration', { path: '_other' }, '_count')]: '0+1x5',
          [of('eventDuration', { path: '_other' }, '_sum')]: '0+1x5',
        },
        at: '5m',
        labels: SHOP,
        value: '2',
      },
      silent: { series: { [of('eventDuration', { path: '/' }, '_count')]: '0+1x5' }, at: '5m' },
    },
    {
      name: 'VangoCardinality',
      severity: 'ticket',
      after: '15m',
      expr: `${rules.group('max', ['instance'], samples)} > 20000
  and on (job, instance) ${rules.select('sessionsActive')}`,
      unit: 'number',
      summary: '{instance} has very many series',
      description: 'A scrape of {instance} has {value} samples.',
      fires: {
        series: { [otherSeries(samples)]: '25000+0x20', [of('sessionsActive', {})]: '5+0x20' },
        at: '20m',
        labels: INSTANCE,
        value: '25k',
      },
      silent: {
        series: { [otherSeries(samples)]: '5000+0x20', [of('sessionsActive', {})]: '5+0x20' },
        at: '20m',
      },
    },
  ];
}

/** The labels that may overflow. */
function openLabels(): string[] {
  const families: readonly MetricDefinition[] = Object.values(CATALOGUE);
  const names = families.flatMap(({ labels }) =>
    labels.flatMap(label => ('open' in label ? [label.name] : [])),
  );
  return [...new Set(names)];
}
