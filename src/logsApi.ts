import * as api from '@opentelemetry/api';
import {
  type LogAttributes,
  type Logger,
  type LoggerProvider,
  logs,
} from '@opentelemetry/api-logs';
import { PACKAGE_NAME, PACKAGE_VERSION } from './version';

/** The part of the logs API that is used here. */
interface LogsApi {
  /** The provider that is registered. The provider of an SDK has `forceFlush()`. */
  getLoggerProvider(): LoggerProvider;
  getLogger(name: string, version: string): Logger;
}

/** The logs API. It is part of the API since 1.10, and a package of its own before. */
export function logsApi(): LogsApi {
  return (api as { logs?: LogsApi }).logs ?? logs;
}

/** Gets the logger of this package for each record, because a logs SDK may be set up later. */
export function ownLogger(): Logger {
  return logsApi().getLogger(PACKAGE_NAME, PACKAGE_VERSION);
}

/** Attributes without those that have no value, which an SDK would keep. */
export function withoutUndefined(attributes: LogAttributes): LogAttributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
