import { type DiagLogFunction, DiagLogLevel } from '@opentelemetry/api';
import { operatorLine } from '../messages';
import { PACKAGE_NAME } from '../version';
import { apiRegistry } from './api';
import { requireFromSdk } from './sdk';

const LEVELS = Object.keys(DiagLogLevel).filter(name => Number.isNaN(Number(name)));
/** Causes reported at most: a backend may word the same cause in ever new ways. */
const MAX_CAUSES = 100;
const MAX_LENGTH = 300;
/** Messages of the SDK at debug level that report a refusal. */
const REFUSAL = /^EnvDetector failed: /;
/** How reports of our own begin. The line says already that it is of telemetry. */
const OWN_PREFIX = `${PACKAGE_NAME}: `;
/** The text that exporters put around a cause. */
const WRAPPING = /^.*? \(error (?:\w*Error: )?(.*)\)$/;

/**
 * Reports what the SDK refuses, and what fails later, to the operators: one line per cause, once.
 * With `OTEL_LOG_LEVEL` the SDK reports by itself.
 *
 * @returns a function to call when the SDK has started
 */
export function reportProblems(env: NodeJS.ProcessEnv): () => void {
  const level = env.OTEL_LOG_LEVEL?.trim();
  if (level) {
    if (!LEVELS.includes(level.toUpperCase()))
      operatorLine(
        `telemetry OTEL_LOG_LEVEL is ${JSON.stringify(level)}, taken as INFO; ` +
          `give ${LEVELS.join(', ')}`,
      );
    return () => {};
  }
  if (apiRegistry()?.diag !== undefined) return () => {};
  // From the SDK's copy: the first registration decides which API version a process has.
  const { diag } = requireFromSdk('@opentelemetry/api') as typeof import('@opentelemetry/api');
  const reported = new Set<string>();
  const report: DiagLogFunction = (message, ...details) => {
    const cause = causeOf(message, details);
    if (reported.has(cause) || reported.size >= MAX_CAUSES) return;
    reported.add(cause);
    operatorLine(`telemetry problem: ${cause}`);
  };
  const ignore: DiagLogFunction = () => {};
  const debug: DiagLogFunction = message => {
    if (REFUSAL.test(message)) report(message);
  };
  const listen = (logLevel: DiagLogLevel): boolean =>
    diag.setLogger(
      { error: report, warn: report, info: ignore, debug, verbose: ignore },
      { logLevel, suppressOverrideMessage: true },
    );
  listen(DiagLogLevel.DEBUG);
  return () => listen(DiagLogLevel.WARN);
}

/** The cause in one line, without stacks and without the place where it was noticed. */
function causeOf(message: string, details: readonly unknown[]): string {
  const [line = ''] = [textOf(message), ...details.map(textOf)].join(' ').trim().split('\n');
  const text = line.startsWith(OWN_PREFIX) ? line.slice(OWN_PREFIX.length) : line;
  return text.replace(WRAPPING, '$1').slice(0, MAX_LENGTH);
}

function textOf(value: unknown): string {
  if (value instanceof Error) return value.message || String(value);
  const text = String(value);
  // The error handler of the SDK writes an exception as JSON of its properties.
  if (!text.startsWith('{')) return text;
  try {
    const { message, errors, code, name } = JSON.parse(text) as Record<string, string | undefined>;
    return message ?? errors ?? code ?? name ?? text;
  } catch {
    return text;
  }
}
