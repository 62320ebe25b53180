export { configFromEnvironment } from './environment';
export { classifyError, ERROR_TYPES, type ErrorType } from './errors/classify';
export { instrument } from './instrument';
export { VangoInstrumentation } from './instrumentation';
export { CATALOGUE, type MetricDefinition } from './metrics/catalogue';
export {
  getMetrics,
  recordEviction,
  recordPatches,
  recordReconnect,
  recordResume,
  recordResumeFailed,
  recordSessionCreate,
  recordSessionDestroy,
  recordSessionDetach,
  recordSessionReattach,
  recordWebSocketError,
} from './metrics/collector';
export { spanFromContext, traceContext } from './middleware/context';
export { type LoggerOptions, logger, type StructuredLogger } from './middleware/logger';
export { type OpenTelemetryOptions, openTelemetry } from './middleware/openTelemetry';
export { attachPrometheus, type PrometheusOptions, prometheus } from './middleware/prometheus';
export { recover } from './middleware/recover';
export { sessionSampler } from './sampling/sessionSampler';
export type {
  ClientContextTrust,
  Collector,
  VangoApp,
  VangoCtx,
  VangoExports,
  VangoInstrumentationConfig,
  VangoMetricsConfig,
  VangoMiddleware,
  VangoSession,
} from './types';
