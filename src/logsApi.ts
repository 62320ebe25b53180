import { dirname } from 'node:path';
import * as api from '@opentelemetry/api';

/** The part of the logs API that is used here; severity numbers as in the OpenTelemetry specification. */
export interface LogEmitter {
  emit(record: {
    severityNumber: number;
    severityText: string;
    body: string;
    attributes: Record<string, unknown>;
  }): void;
}

interface LogsApi {
  /** What was registered: an SDK's has `forceFlush()`. */
  getLoggerProvider(): object;
  getLogger(name: string, version: string): LogEmitter;
}

/** The logs API: part of the API since 1.10, before that a package that comes with the instrumentation. */
export function logsApi(): LogsApi | undefined {
  const builtIn = (api as { logs?: LogsApi }).logs;
  if (builtIn !== undefined) return builtIn;
  try {
    const paths = [dirname(require.resolve('@opentelemetry/instrumentation'))];
    return (require(require.resolve('@opentelemetry/api-logs', { paths })) as { logs: LogsApi }).logs;
  } catch {
    return undefined;
  }
}
