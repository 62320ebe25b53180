// The tables of the documentation that derive from code, as Markdown.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Where the public option types are. */
const OPTIONS = 'types.ts';
const OPTION_COLUMNS = ['Option', 'Type', 'Default', 'What it does'];

/** The pages that hold the tables. */
export const PAGES = ['docs/configuration.md', 'docs/metrics.md', 'docs/monitoring.md'];

/** Tables by the name of their section. Needs a build. */
export function tables() {
  const { CATALOGUE } = require('../build/metrics/catalogue.js');
  const { ENVIRONMENT, METRICS_ENVIRONMENT } = require('../build/environment.js');
  const { alerts } = require('../build/monitoring/alerts/index.js');
  const { INHIBITIONS } = require('../build/monitoring/inhibitions.js');
  const { kitOf } = require('../build/monitoring/kit.js');
  const { OPTIONS: COMMAND } = require('../build/monitoring/parseOptions.js');
  const { DEFAULTS } = require('../build/monitoring/options.js');
  return {
    metrics: markdown(
      ['Prometheus name', 'OpenTelemetry name', 'Kind', 'Labels', 'What it counts or measures'],
      metricRows(CATALOGUE),
    ),
    options: markdown(OPTION_COLUMNS, [
      ...optionRows(OPTIONS, 'VangoInstrumentationConfig').filter(([name]) => name !== '`metrics`'),
      ...optionRows(OPTIONS, 'VangoMetricsConfig', 'metrics.'),
    ]),
    exporter: markdown(
      OPTION_COLUMNS,
      optionRows('prometheus/index.ts', 'VangoPrometheusExporterConfig'),
    ),
    environment: markdown(
      ['Variable', 'Option'],
      [...rows(ENVIRONMENT, ''), ...rows(METRICS_ENVIRONMENT, 'metrics.')],
    ),
    command: markdown(
      ['Option', 'Meaning'],
      Object.entries(COMMAND).map(([name, [value, meaning]]) => [
        `\`--${name}${value === undefined ? '' : ` ${value}`}\``,
        meaning,
      ]),
    ),
    alerts: markdown(
      ['Alert', 'Severity', 'After', 'What it says'],
      alerts(kitOf(DEFAULTS)).map(({ name, severity, after = 'at once', summary }) => [
        `[${name}](metrics.md#${name.toLowerCase()})`,
        severity,
        after,
        summary.replaceAll(/\{(\w+)\}/g, '`$1`'),
      ]),
    ),
    inhibitions: markdown(
      ['While this fires', 'these are silent', 'since'],
      INHIBITIONS.map(({ source, targets, why }) => [
        source,
        targets === 'all' ? 'all others' : targets.join(', '),
        why,
      ]),
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

/** Options as their interface documents them. A comment may end with the default of its option. */
function optionRows(file, name, prefix = '') {
  const source = readFileSync(new URL(`../src/${file}`, import.meta.url), 'utf8');
  const declaration = new RegExp(`export interface ${name} [^{]*\\{\\n([^]*?)\\n\\}`);
  const [, body = ''] = declaration.exec(source) ?? [];
  const found = [...body.matchAll(/(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?\b(\w+)\?: ([^;]+);/g)];
  if (found.length === 0) throw new Error(`${file} has no options in ${name}`);
  return found.map(([, comment = '', option, type]) => {
    const text = comment
      .replace(/\n\s*\*/g, ' ')
      .replace(/\s+/g, ' ')
      .trim();
    const [, meaning = text, fallback = ''] =
      /^(.*?) ?(?:@defaultValue|Default:) (.*?)\.?$/.exec(text) ?? [];
    const shown = type.replace(/\s+/g, ' ').replaceAll('|', '\\|');
    return [`\`${prefix}${option}\``, `\`${shown}\``, fallback, meaning];
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
