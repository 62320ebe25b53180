import type { Attributes, Span } from '@opentelemetry/api';
import type { InstrumentationConfig } from '@opentelemetry/instrumentation';
import type { VangoCtx } from './internal-types';
import { CATALOGUE, EVENT_TYPES } from './metrics/catalogue';
import type { RecorderConfig } from './metrics/recorder';
import { show } from './safely';

/** What becomes of trace context that a browser sends: the parent of its event's span, a link of it, or nothing. */
export type ClientContextTrust = 'parent' | 'link' | 'ignore';

/** How metrics are named and bounded. */
export interface VangoMetricsConfig {
  /** First part of all metric names: letters, digits and `_`. Default: `vango`. */
  namespace?: string;
  /** Second part of all metric names. Default: none. */
  subsystem?: string;
  /** Labels that all series carry. Default: none. */
  constLabels?: Readonly<Record<string, string>>;
  /** Upper bounds of the event duration's buckets, in seconds, rising. Default: 0.005 to 10. */
  buckets?: readonly number[];
  /** Values of the labels `path` and `route` before the rest becomes `_other`. Default: 1000. */
  maxRoutes?: number;
  /** The same for `resource`. Default: 200. */
  maxResources?: number;
  /** The same for `action`. Default: 200. */
  maxActions?: number;
  /** The same for `stable_id`. Default: 500. */
  maxStableIds?: number;
}

/** Options of `VangoInstrumentation`. */
export interface VangoInstrumentationConfig extends InstrumentationConfig {
  /** Called with a unit of work: whether it gets a span; what does not is still counted. Default: all do. */
  filter?: (ctx: VangoCtx) => boolean;
  /** Event types that get no span, such as `Input`; they are still counted. Default: none. */
  ignoreEvents?: readonly string[];
  /** Further attributes of a span, set at its start, where samplers see them. */
  attributeExtractor?: (ctx: VangoCtx) => Attributes;
  /** Called with a span and its unit of work before the span ends. */
  eventHook?: (span: Span, ctx: VangoCtx) => void;
  /** Whether spans carry the user's id. Default: false. */
  includeUserId?: boolean;
  /** Whether spans carry the route template. Default: true. */
  includeRoute?: boolean;
  /** Whether spans that succeed get the status Ok; the OpenTelemetry rule is to leave it unset. Default: false. */
  statusOk?: boolean;
  /** What becomes of trace context that a browser sends: `parent`, `link` or `ignore`. Its sampled flag is never believed. Default: `parent`. */
  trustClientContext?: ClientContextTrust;
  /** How metrics are named and bounded. */
  metrics?: VangoMetricsConfig;
}

/** A configuration with all defaults filled in. */
export interface ResolvedConfig {
  readonly filter: ((ctx: VangoCtx) => boolean) | undefined;
  readonly ignoreEvents: ReadonlySet<string>;
  readonly attributeExtractor: ((ctx: VangoCtx) => Attributes) | undefined;
  readonly eventHook: ((span: Span, ctx: VangoCtx) => void) | undefined;
  readonly includeUserId: boolean;
  readonly includeRoute: boolean;
  readonly statusOk: boolean;
  readonly trustClientContext: ClientContextTrust;
  readonly metrics: RecorderConfig;
}

const TRUST: readonly ClientContextTrust[] = ['parent', 'link', 'ignore'];
const NAME_PART = /^[a-zA-Z][a-zA-Z0-9_]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Labels of the metrics themselves, of buckets, and those by which exporters tell of the scope. */
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

/** For each option: what to give instead when the value does not do. */
const CHECKS: Record<keyof VangoInstrumentationConfig, Check> = {
  enabled: isBoolean,
  filter: isFunction,
  ignoreEvents: value =>
    Array.isArray(value) && value.every(name => EVENT_NAMES.includes(name))
      ? undefined
      : `an array of event types: ${EVENT_NAMES.join(', ')}`,
  attributeExtractor: isFunction,
  eventHook: isFunction,
  includeUserId: isBoolean,
  includeRoute: isBoolean,
  statusOk: isBoolean,
  trustClientContext: value =>
    TRUST.includes(value as ClientContextTrust) ? undefined : `one of ${TRUST.join(', ')}`,
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
    value.every((bound, index) => Number.isFinite(bound) && (index === 0 || bound > value[index - 1]))
      ? undefined
      : 'at least one finite number of seconds, in rising order, each once',
  maxRoutes: isCap,
  maxResources: isCap,
  maxActions: isCap,
  maxStableIds: isCap,
};

/**
 * Checks a configuration and fills in defaults.
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
    eventHook: config.eventHook,
    includeUserId: config.includeUserId ?? false,
    includeRoute: config.includeRoute ?? true,
    statusOk: config.statusOk ?? false,
    trustClientContext: config.trustClientContext ?? 'parent',
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
      return `names of letters, digits and "_" that no metric uses (${name} is not one; taken are ${[...RESERVED_LABELS].join(', ')}, and all that begin with "__")`;
    }
    const other = taken.get(written);
    if (other !== undefined) {
      return `names that stay different in Prometheus, which has ${other} and ${name} as one label, ${written}`;
    }
    taken.set(written, name);
  }
  return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
