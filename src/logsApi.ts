import * as api from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';

/** The part of the logs API that is used here. */
export interface LogEmitter {
  emit(record: {
    severityNumber: number;
    severityText: string;
    body: string;
    attributes: Record<string, unknown>;
  }): void;
}

interface LogsApi {
  /** The provider that is registered. The provider of an SDK has `forceFlush()`. */
  getLoggerProvider(): object;
  getLogger(name: string, version: string): LogEmitter;
}

/** The logs API. It is part of the API since 1.10, and a package of its own before. */
export function logsApi(): LogsApi {
  return (api as { logs?: LogsApi }).logs ?? (logs as LogsApi);
}
