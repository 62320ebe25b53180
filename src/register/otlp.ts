import { diagnose } from '../messages';
import { requireFromSdk } from './sdk';

/** How the names of the packages with OTLP exporters end, by protocol. They come with the SDK. */
const PACKAGES: ReadonlyMap<string, string> = new Map([
  ['http/protobuf', 'proto'],
  ['http/json', 'http'],
  ['grpc', 'grpc'],
]);
const DEFAULT_PROTOCOL = 'http/protobuf';

const SIGNALS = {
  metrics: { variable: 'METRICS', exporter: 'OTLPMetricExporter' },
  trace: { variable: 'TRACES', exporter: 'OTLPTraceExporter' },
} as const;
/** A signal, as the names of its packages have it. */
type Signal = keyof typeof SIGNALS;

type Exports = Readonly<Record<(typeof SIGNALS)[Signal]['exporter'], new () => unknown>>;

/** Creates the OTLP exporter of a signal, which reads its other variables by itself. */
export function otlpExporter(signal: Signal): unknown {
  const exports = requireFromSdk(otlpPackage(signal, process.env)) as Exports;
  const Exporter = exports[SIGNALS[signal].exporter];
  return new Exporter();
}

/** The package with the exporter for the protocol that the environment asks for. */
export function otlpPackage(signal: Signal, env: NodeJS.ProcessEnv): string {
  const nameFor = (ending = ''): string => `@opentelemetry/exporter-${signal}-otlp-${ending}`;
  const own = `OTEL_EXPORTER_OTLP_${SIGNALS[signal].variable}_PROTOCOL`;
  for (const variable of [own, 'OTEL_EXPORTER_OTLP_PROTOCOL']) {
    const protocol = env[variable]?.trim();
    if (!protocol) continue;
    const ending = PACKAGES.get(protocol);
    if (ending !== undefined) return nameFor(ending);
    diagnose(
      'warn',
      `${variable} is ${JSON.stringify(protocol)}; ${DEFAULT_PROTOCOL} is used. ` +
        `Give ${[...PACKAGES.keys()].join(', ')}`,
    );
    break;
  }
  return nameFor(PACKAGES.get(DEFAULT_PROTOCOL));
}
