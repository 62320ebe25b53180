import * as api from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';

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

/** The logs API: part of the API since 1.10, before that a package of its own. */
export function logsApi(): LogsApi {
  return (api as { logs?: LogsApi }).logs ?? (logs as LogsApi);
}
