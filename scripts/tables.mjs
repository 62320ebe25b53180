// The tables of README.md that derive from code, as Markdown.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Tables by the name of their section. Needs a build. */
export function tables() {
  const { CATALOGUE } = require('../build/metrics/catalogue.js');
  const { ENVIRONMENT, METRICS_ENVIRONMENT } = require('../build/environment.js');
  return {
    metrics: markdown(
      ['Prometheus name', 'OpenTelemetry name', 'Kind', 'Labels', 'What it counts or measures'],
      metricRows(CATALOGUE),
    ),
    environment: markdown(
      ['Variable', 'Option'],
      [...rows(ENVIRONMENT, ''), ...rows(METRICS_ENVIRONMENT, 'metrics.')],
    ),
  };
}

function metricRows(catalogue) {
  return Object.values(catalogue).map(({ prometheusName, name, kind, unit, labels, description }) => [
    `\`${prometheusName}\``,
    `\`vango.${name}\``,
    unit === undefined ? `${kind} (ms)` : `${kind}, ${unit}`,
    labels.map(label => `\`${label.name}\``).join(' '),
    description,
  ]);
}

function rows(table, prefix) {
  return Object.entries(table).map(([suffix, [option]]) => [
    `\`OTEL_INSTRUMENTATION_VANGO_${suffix}\``,
    `\`${prefix}${option}\``,
  ]);
}

function markdown(head, body) {
  const line = cells => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n');
}
