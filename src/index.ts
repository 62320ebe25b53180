export type { ClientContextTrust, VangoInstrumentationConfig, VangoMetricsConfig } from './config';
export { configFromEnvironment } from './environment';
export { classifyError, ERROR_TYPES, type ErrorType } from './errors/classify';
export { instrument } from './instrument';
export { VangoInstrumentation } from './instrumentation';
export type { VangoCtx } from './internal-types';
export { CATALOGUE, type MetricDefinition } from './metrics/catalogue';
