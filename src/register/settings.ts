/** What the environment asks of a zero-code start. */
export interface Settings {
  /** Whether vango is to be instrumented at all. */
  readonly enabled: boolean;
  readonly disabledSdk: boolean;
  /** Metrics exporters, in order: prometheus, otlp, console; none for no metrics. */
  readonly metrics: readonly MetricsExporterName[];
  /** Undefined leaves traces to the SDK and its environment variables. */
  readonly traces: 'none' | undefined;
  readonly logs: 'none' | undefined;
  readonly prometheusHost: string;
  readonly prometheusPort: number;
  readonly otlpMetricsProtocol: OtlpProtocol;
}

const METRICS_EXPORTERS = ['prometheus', 'otlp', 'console', 'none'] as const;
export type MetricsExporterName = (typeof METRICS_EXPORTERS)[number];
const PROTOCOLS = ['http/protobuf', 'http/json', 'grpc'] as const;
export type OtlpProtocol = (typeof PROTOCOLS)[number];

/**
 * Reads the environment.
 * @throws TypeError that names the variable, its value and what to give instead
 */
export function settingsFrom(env: NodeJS.ProcessEnv): Settings {
  const metrics = listOf(env.OTEL_METRICS_EXPORTER) ?? ['prometheus'];
  for (const name of metrics) mustBeOneOf('OTEL_METRICS_EXPORTER', name, METRICS_EXPORTERS);
  const protocol = (
    env.OTEL_EXPORTER_OTLP_METRICS_PROTOCOL ||
    env.OTEL_EXPORTER_OTLP_PROTOCOL ||
    PROTOCOLS[0]
  ).trim();
  mustBeOneOf('OTEL_EXPORTER_OTLP_PROTOCOL', protocol, PROTOCOLS);
  return {
    enabled: isEnabled(env),
    disabledSdk: env.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true',
    metrics: metrics.includes('none') ? [] : ([...new Set(metrics)] as MetricsExporterName[]),
    traces: isWanted(env, 'TRACES') ? undefined : 'none',
    logs: isWanted(env, 'LOGS') ? undefined : 'none',
    prometheusHost: env.OTEL_EXPORTER_PROMETHEUS_HOST || 'localhost',
    prometheusPort: portOf(env.OTEL_EXPORTER_PROMETHEUS_PORT),
    otlpMetricsProtocol: protocol as OtlpProtocol,
  };
}

/** A signal is exported when an exporter or an OTLP endpoint is named: the SDK's default would try localhost for ever. */
function isWanted(env: NodeJS.ProcessEnv, signal: 'TRACES' | 'LOGS'): boolean {
  return Boolean(
    env[`OTEL_${signal}_EXPORTER`] ||
      env.OTEL_EXPORTER_OTLP_ENDPOINT ||
      env[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`],
  );
}

function isEnabled(env: NodeJS.ProcessEnv): boolean {
  const enabled = listOf(env.OTEL_NODE_ENABLED_INSTRUMENTATIONS);
  const disabled = listOf(env.OTEL_NODE_DISABLED_INSTRUMENTATIONS);
  return (enabled === undefined || enabled.includes('vango')) && !disabled?.includes('vango');
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
    throw new TypeError(`${variable} contains ${JSON.stringify(value)}; give ${allowed.join(', ')}`);
  }
}
