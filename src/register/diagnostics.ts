import { type DiagLogFunction, DiagLogLevel } from '@opentelemetry/api';
import { operatorLine } from '../messages';
import { apiRegistry } from './api';
import { requireFromSdk } from './sdk';

const LEVELS = Object.keys(DiagLogLevel).filter(name => Number.isNaN(Number(name)));
/** Causes that are told of, at most: a backend may have ever new words for the same. */
const MAX_CAUSES = 100;
const MAX_LENGTH = 300;
/** Refusals that the SDK takes for details. */
const REFUSAL = /^EnvDetector failed: /;
/** What exporters put around the cause. */
const WRAPPING = /^.*? \(error (?:\w*Error: )?(.*)\)$/;

/**
 * Has what the SDK refuses, and what fails later, reach the console: a line for each cause, once. With `OTEL_LOG_LEVEL` the SDK writes by itself.
 * @returns a function to call when the SDK has started
 */
export function tellOfFailures(env: NodeJS.ProcessEnv): () => void {
  const level = env.OTEL_LOG_LEVEL?.trim();
  if (level) {
    if (!LEVELS.includes(level.toUpperCase()))
      operatorLine(
        `telemetry OTEL_LOG_LEVEL is ${JSON.stringify(level)}, taken as INFO; give ${LEVELS.join(', ')}`,
      );
    return () => {};
  }
  if (apiRegistry()?.diag !== undefined) return () => {};
  // The SDK's copy: the first registration decides which version of the API a process has.
  const { diag } = requireFromSdk('@opentelemetry/api') as typeof import('@opentelemetry/api');
  const told = new Set<string>();
  const tell: DiagLogFunction = (message, ...details) => {
    const cause = causeOf(message, details);
    if (told.has(cause) || told.size >= MAX_CAUSES) return;
    told.add(cause);
    operatorLine(`telemetry problem: ${cause}`);
  };
  const ignore: DiagLogFunction = () => {};
  const debug: DiagLogFunction = message => {
    if (REFUSAL.test(message)) tell(message);
  };
  const listen = (logLevel: DiagLogLevel): boolean =>
    diag.setLogger(
      { error: tell, warn: tell, info: ignore, debug, verbose: ignore },
      { logLevel, suppressOverrideMessage: true },
    );
  listen(DiagLogLevel.DEBUG);
  return () => listen(DiagLogLevel.WARN);
}

/** One line of what was logged: without stacks, and without what tells where it was noticed rather than why it happened. */
function causeOf(message: string, details: readonly unknown[]): string {
  const [line = ''] = [textOf(message), ...details.map(textOf)].join(' ').trim().split('\n');
  return line.replace(WRAPPING, '$1').slice(0, MAX_LENGTH);
}

function textOf(value: unknown): string {
  if (value instanceof Error) return value.message || String(value);
  const text = String(value);
  // The SDK's error handler writes an exception as an object of its properties.
  if (!text.startsWith('{')) return text;
  try {
    const { message, errors, code, name } = JSON.parse(text) as Record<string, string | undefined>;
    return message ?? errors ?? code ?? name ?? text;
  } catch {
    return text;
  }
}
