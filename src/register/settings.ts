import { liveViewFrom, sessionRatioFrom } from '../environment';

/** What the environment asks for in a zero-code start. */
export interface Settings {
  readonly isDisabled: boolean;
  /** Why vango is not instrumented, if the environment left it out without disabling it. */
  readonly left: string | undefined;
  /** Whether Node.js itself is instrumented, where the application can. */
  readonly instrumentsNode: boolean;
  /** File of declarative configuration. It replaces all other settings. */
  readonly configFile: string | undefined;
  /** Exporters in order; empty for no metrics. */
  readonly metrics: readonly MetricsExporterName[];
  /** Exporters as the SDK reads them; empty for no traces. */
  readonly traces: readonly string[];
  readonly logs: boolean;
  /** Share of sessions whose traces are kept; undefined to leave the sampler to the SDK. */
  readonly sessionRatio: number | undefined;
  readonly prometheusHost: string;
  readonly prometheusPort: number;
  /** Whether the port of the metrics has the live view, or with which token. */
  readonly liveView: boolean | { readonly token: string };
}

const METRICS_EXPORTERS = ['prometheus', 'otlp', 'console', 'none'] as const;
export type MetricsExporterName = (typeof METRICS_EXPORTERS)[number];
/** What `OTEL_NODE_*_INSTRUMENTATIONS` call the instrumentation of Node.js. */
const RUNTIME_NODE = 'runtime-node';

/** The exporters of traces that the SDK knows. */
const TRACES_EXPORTERS = ['otlp', 'zipkin', 'console'] as const;
export type TracesExporterName = (typeof TRACES_EXPORTERS)[number];

export function isTracesExporter(name: string): name is TracesExporterName {
  return TRACES_EXPORTERS.some(known => known === name);
}

/**
 * The exporters that the SDK creates from a list: it skips unknown names, takes `none` for nothing
 * if it is the first, and else for its default.
 */
export function exportersOf(names: readonly string[]): TracesExporterName[] {
  if (names[0] === 'none') return [];
  return names.includes('none') ? ['otlp'] : [...new Set(names.filter(isTracesExporter))];
}

/**
 * Reads the environment.
 *
 * @throws TypeError that names the variable, its value and what to give instead
 */
export function settingsFrom(env: NodeJS.ProcessEnv): Settings {
  const metrics = listOf(env.OTEL_METRICS_EXPORTER) ?? ['prometheus'];
  for (const name of metrics) mustBeOneOf('OTEL_METRICS_EXPORTER', name, METRICS_EXPORTERS);
  return {
    isDisabled:
      isTrue(env.OTEL_SDK_DISABLED) || names(env.OTEL_NODE_DISABLED_INSTRUMENTATIONS, 'vango'),
    left: leftOut(env),
    instrumentsNode: wantsNode(env),
    configFile: env.OTEL_CONFIG_FILE?.trim() || undefined,
    metrics: metrics.includes('none') ? [] : ([...new Set(metrics)] as MetricsExporterName[]),
    traces: wanted(env, 'TRACES'),
    logs: wanted(env, 'LOGS').length > 0,
    sessionRatio: sessionRatioFrom(env),
    prometheusHost: env.OTEL_EXPORTER_PROMETHEUS_HOST?.trim() || 'localhost',
    prometheusPort: portOf(env.OTEL_EXPORTER_PROMETHEUS_PORT),
    liveView: liveViewFrom(env),
  };
}

/**
 * A signal is exported when an exporter or an OTLP endpoint is named. The default of the SDK would
 * try localhost for ever.
 */
function wanted(env: NodeJS.ProcessEnv, signal: 'TRACES' | 'LOGS'): readonly string[] {
  const names = listOf(env[`OTEL_${signal}_EXPORTER`]);
  if (names !== undefined) return names.length === 1 && names[0] === 'none' ? [] : names;
  const hasEndpoint =
    env.OTEL_EXPORTER_OTLP_ENDPOINT || env[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`];
  return hasEndpoint ? ['otlp'] : [];
}

function leftOut(env: NodeJS.ProcessEnv): string | undefined {
  const variable = 'OTEL_NODE_ENABLED_INSTRUMENTATIONS';
  const enabled = env[variable];
  if (listOf(enabled) === undefined || names(enabled, 'vango')) return undefined;
  return `${variable} is ${JSON.stringify(enabled)}; add vango to it`;
}

/** Whether Node.js itself is instrumented, where the application has an instrumentation of it. */
function wantsNode(env: NodeJS.ProcessEnv): boolean {
  const enabled = env.OTEL_NODE_ENABLED_INSTRUMENTATIONS;
  return (
    !names(env.OTEL_NODE_DISABLED_INSTRUMENTATIONS, RUNTIME_NODE) &&
    (listOf(enabled) === undefined || names(enabled, RUNTIME_NODE))
  );
}

function names(list: string | undefined, name: string): boolean {
  return listOf(list)?.includes(name) === true;
}

function isTrue(text: string | undefined): boolean {
  return text?.trim().toLowerCase() === 'true';
}

function listOf(text: string | undefined): string[] | undefined {
  const entries = text
    ?.split(',')
    .map(entry => entry.trim())
    .filter(entry => entry !== '');
  return entries?.length ? entries : undefined;
}

function portOf(text: string | undefined): number {
  if (text === undefined || text.trim() === '') return 9464;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new TypeError(
    `OTEL_EXPORTER_PROMETHEUS_PORT is ${JSON.stringify(text)}; give a whole number from 0 to 65535`,
  );
}

function mustBeOneOf(variable: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) {
    throw new TypeError(
      `${variable} contains ${JSON.stringify(value)}; give ${allowed.join(', ')}`,
    );
  }
}
