import type { Attributes, Span } from '@opentelemetry/api';
import { type ExceptionSignal, exceptionSignalFrom } from './errors/exceptionSignal';
import { show } from './messages';
import { CATALOGUE, EVENT_TYPES } from './metrics/catalogue';
import type { RecorderConfig } from './metrics/recorder';
import type {
  ClientContextTrust,
  VangoCtx,
  VangoInstrumentationConfig,
  VangoMetricsConfig,
} from './types';

/** A configuration with all defaults filled in. */
export interface ResolvedConfig {
  readonly filter: ((ctx: VangoCtx) => boolean) | undefined;
  readonly ignoreEvents: ReadonlySet<string>;
  readonly attributeExtractor: ((ctx: VangoCtx) => Attributes) | undefined;
  readonly spanEndHook: ((span: Span, ctx: VangoCtx) => void) | undefined;
  readonly includeUserId: boolean;
  readonly includeRoute: boolean;
  readonly statusOk: boolean;
  readonly trustClientContext: ClientContextTrust;
  /** Where exceptions are recorded. Only the environment decides it. */
  readonly exceptionSignal: ExceptionSignal;
  readonly sessionSampling: boolean;
  readonly metrics: RecorderConfig;
}

const TRUST: readonly ClientContextTrust[] = ['parent', 'link', 'ignore'];
export const NAME_PART = /^[a-zA-Z][a-zA-Z0-9_]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Labels of the metrics themselves, of buckets, and of the instrumentation scope. */
const RESERVED_LABELS = new Set<string>([
  'le',
  'otel_scope_name',
  'otel_scope_version',
  'otel_scope_schema_url',
  ...Object.values(CATALOGUE).flatMap(({ labels }) => labels.map(({ name }) => name)),
]);
const EVENT_NAMES: readonly string[] = EVENT_TYPES;

type Check = (value: unknown) => string | undefined;

const isFunction: Check = value => (typeof value === 'function' ? undefined : 'a function');
const isBoolean: Check = value => (typeof value === 'boolean' ? undefined : 'true or false');
const isCap: Check = value =>
  Number.isInteger(value) && (value as number) >= 1 ? undefined : 'a whole number of at least 1';

/** For each option: what to give instead of an invalid value. */
const CHECKS: Record<keyof VangoInstrumentationConfig, Check> = {
  enabled: isBoolean,
  filter: isFunction,
  ignoreEvents: value =>
    Array.isArray(value) && value.every(name => EVENT_NAMES.includes(name))
      ? undefined
      : `an array of event types: ${EVENT_NAMES.join(', ')}`,
  attributeExtractor: isFunction,
  spanEndHook: isFunction,
  includeUserId: isBoolean,
  includeRoute: isBoolean,
  statusOk: isBoolean,
  trustClientContext: value =>
    TRUST.includes(value as ClientContextTrust) ? undefined : `one of ${TRUST.join(', ')}`,
  sessionSampling: isBoolean,
  metrics: value => (isRecord(value) ? undefined : 'an object'),
};

const METRICS_CHECKS: Record<keyof VangoMetricsConfig, Check> = {
  namespace: value =>
    typeof value === 'string' && NAME_PART.test(value)
      ? undefined
      : 'letters, digits and "_", starting with a letter',
  subsystem: value =>
    value === '' || (typeof value === 'string' && NAME_PART.test(value))
      ? undefined
      : 'letters, digits and "_", starting with a letter, or an empty string',
  constLabels: value =>
    isRecord(value) && Object.values(value).every(text => typeof text === 'string')
      ? checkLabelNames(Object.keys(value))
      : 'an object with text values',
  buckets: value =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(
      (bound, index) => Number.isFinite(bound) && (index === 0 || bound > value[index - 1]),
    )
      ? undefined
      : 'at least one finite number of seconds, in rising order, each once',
  maxRoutes: isCap,
  maxResources: isCap,
  maxActions: isCap,
  maxStableIds: isCap,
};

/**
 * Checks a configuration and fills in defaults.
 *
 * @throws TypeError that names the option, its value and what to give instead
 */
export function resolveConfig(
  config: VangoInstrumentationConfig = {},
  owner = 'VangoInstrumentation',
): ResolvedConfig {
  check(owner, config, CHECKS);
  return {
    filter: config.filter,
    ignoreEvents: new Set(config.ignoreEvents),
    attributeExtractor: config.attributeExtractor,
    spanEndHook: config.spanEndHook,
    includeUserId: config.includeUserId ?? false,
    includeRoute: config.includeRoute ?? true,
    statusOk: config.statusOk ?? false,
    trustClientContext: config.trustClientContext ?? 'link',
    exceptionSignal: exceptionSignalFrom(process.env),
    sessionSampling: config.sessionSampling ?? false,
    metrics: resolveMetricsConfig(config.metrics),
  };
}

/** @throws TypeError that names the option, its value and what to give instead */
export function resolveMetricsConfig(
  config: VangoMetricsConfig = {},
  owner = 'VangoInstrumentation metrics',
): RecorderConfig {
  check(owner, config, METRICS_CHECKS);
  return {
    namespace: config.namespace ?? 'vango',
    subsystem: config.subsystem ?? '',
    constLabels: Object.freeze({ ...config.constLabels }),
    buckets: config.buckets ?? CATALOGUE.eventDuration.buckets,
    caps: {
      routes: config.maxRoutes ?? 1000,
      resources: config.maxResources ?? 200,
      actions: config.maxActions ?? 200,
      stableIds: config.maxStableIds ?? 500,
    },
  };
}

/** Checks the options of an object by a table. */
export function check(owner: string, options: unknown, checks: Record<string, Check>): void {
  if (!isRecord(options))
    throw new TypeError(`${owner}: the options are ${show(options)}; give an object, or nothing`);
  for (const [name, value] of Object.entries(options)) {
    const remedy = Object.hasOwn(checks, name)
      ? value === undefined
        ? undefined
        : checks[name]?.(value)
      : `one of the options ${Object.keys(checks).join(', ')}`;
    if (remedy !== undefined)
      throw new TypeError(`${owner}: option ${name} is ${show(value)}; give ${remedy}`);
  }
}

/** Names are compared as exporters for Prometheus write them: `team__a` is `team_a` there. */
function checkLabelNames(names: string[]): string | undefined {
  const taken = new Map<string, string>();
  for (const name of names) {
    const written = name.replace(/_+/g, '_');
    if (!LABEL_NAME.test(name) || name.startsWith('__') || RESERVED_LABELS.has(written)) {
      return (
        `names of letters, digits and "_" that no metric uses (${name} is not one; taken are ` +
        `${[...RESERVED_LABELS].join(', ')}, and all names that begin with "__")`
      );
    }
    const other = taken.get(written);
    if (other !== undefined) {
      return (
        `names that stay different in Prometheus, which writes ${other} and ${name} as one ` +
        `label, ${written}`
      );
    }
    taken.set(written, name);
  }
  return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
