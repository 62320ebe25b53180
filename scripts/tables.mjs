// The tables of README.md that derive from code, as Markdown.
import { readFileSync } from 'node:fs';
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
    options: markdown(
      ['Option', 'Default', 'What it does'],
      [
        ...optionRows('types.ts', 'VangoInstrumentationConfig').filter(
          ([name]) => name !== '`metrics`',
        ),
        ...optionRows('types.ts', 'VangoMetricsConfig', 'metrics.'),
      ],
    ),
    exporter: markdown(
      ['Option', 'Default', 'What it does'],
      optionRows('prometheus/index.ts', 'VangoPrometheusExporterConfig'),
    ),
    environment: markdown(
      ['Variable', 'Option'],
      [...rows(ENVIRONMENT, ''), ...rows(METRICS_ENVIRONMENT, 'metrics.')],
    ),
  };
}

function metricRows(catalogue) {
  return Object.values(catalogue).map(
    ({ prometheusName, name, kind, unit, labels, description }) => [
      `\`${prometheusName}\``,
      `\`vango.${name}\``,
      unit === undefined ? `${kind} (ms)` : `${kind}, ${unit}`,
      labels.map(label => `\`${label.name}\``).join(' '),
      description,
    ],
  );
}

/** Options as their interface documents them, each by a comment that may end with its default. */
function optionRows(file, name, prefix = '') {
  const source = readFileSync(new URL(`../src/${file}`, import.meta.url), 'utf8');
  const [, body = ''] =
    new RegExp(`export interface ${name} [^{]*\\{\\n([^]*?)\\n\\}`).exec(source) ?? [];
  const found = [...body.matchAll(/ {2}(?:\/\*\*\s*([\s\S]*?)\s*\*\/\n {2})?(\w+)\?: /g)];
  if (found.length === 0) throw new Error(`${file} has no options in ${name}`);
  return found.map(([, lines = '', option]) => {
    const comment = lines.replace(/\s*\n\s*\* /g, ' ');
    const [, meaning = comment, fallback = ''] = /^(.*?) ?Default: (.*)\.$/.exec(comment) ?? [];
    return [`\`${prefix}${option}\``, fallback, meaning];
  });
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
