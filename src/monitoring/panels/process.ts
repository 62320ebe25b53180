import type { Kit } from '../kit';
import { OTHER_METRICS } from '../otherMetrics';
import { lines, RATE, type Row } from './panel';

/** Node.js. The metrics are of `@opentelemetry/instrumentation-runtime-node`. */
export function node({ panels }: Kit): Row {
  const either = (names: readonly string[]): string =>
    names.map(name => panels.foreign(name)).join(' or ');
  const heap = panels.group('sum', ['instance'], either(OTHER_METRICS.heapUsed));
  const collected = OTHER_METRICS.collection
    .map(name => `rate(${panels.foreign(name)}[${RATE}])`)
    .join(' or ');
  return {
    title: 'Process',
    panels: [
      lines(
        'Delay of the event loop',
        's',
        'How late timers are (p99): everything waits so long.',
        {
          expr: panels.group('max', ['instance'], either(OTHER_METRICS.loopDelay)),
          legend: '{{instance}}',
        },
      ),
      lines(
        'Use of the event loop',
        'percentunit',
        'The share of time in which it works. Near 1, the process needs help.',
        {
          expr: panels.group('max', ['instance'], either(OTHER_METRICS.loopUtilization)),
          legend: '{{instance}}',
        },
      ),
      lines('Garbage collection', 'percentunit', 'The share of time that it takes.', {
        expr: panels.group('sum', ['instance'], collected),
        legend: '{{instance}}',
      }),
      {
        ...lines('Heap', 'bytes', 'Memory that values of JavaScript use.', {
          expr: heap,
          legend: '{{instance}}',
        }),
        width: 12,
      },
      {
        ...lines('Heap per session', 'bytes', 'The whole heap, divided by the sessions in it.', {
          expr: `${heap} / (${panels.sessions()} > 0)`,
          legend: '{{instance}}',
        }),
        width: 12,
      },
    ],
  };
}

/** Whether what all other panels show is whole. */
export function telemetry({ panels }: Kit): Row {
  const [scrape] = OTHER_METRICS.scrapeDuration;
  const [samples] = OTHER_METRICS.samplesScraped;
  const [spans] = OTHER_METRICS.spansProcessed;
  const max = (name: string): string => panels.group('max', ['instance'], panels.foreign(name));
  return {
    title: 'Telemetry itself',
    panels: [
      lines('Failures of telemetry', 'cps', 'Swallowed, by where. The log has the first of each.', {
        expr: panels.rate('telemetryFailures', RATE, { by: ['where'] }),
        legend: '{{where}}',
      }),
      lines('Series', 'short', 'Series of this application.', {
        expr: panels.group(
          'count',
          ['instance'],
          panels.foreign('', `__name__=~"${panels.prefix}_.+"`),
        ),
        legend: '{{instance}}',
      }),
      lines('Samples per scrape', 'short', 'All series of a process.', {
        expr: max(samples),
        legend: '{{instance}}',
      }),
      {
        ...lines('Duration of scrapes', 's', 'How long Prometheus waits for a process.', {
          expr: max(scrape),
          legend: '{{instance}}',
        }),
        width: 12,
      },
      {
        ...lines(
          'Spans processed',
          'cps',
          'By error, if they were lost. Needs OTEL_NODE_EXPERIMENTAL_SDK_METRICS=true.',
          {
            expr: panels.group('sum', ['error_type'], `rate(${panels.foreign(spans)}[${RATE}])`),
            legend: '{{error_type}}',
          },
        ),
        width: 12,
      },
    ],
  };
}
