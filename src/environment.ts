import { isRatio, RATIO_REMEDY } from './sampling/sessionSampler';
import type { VangoInstrumentationConfig, VangoMetricsConfig } from './types';

type Parse = (text: string, variable: string) => unknown;

const boolean: Parse = (text, variable) => {
  if (text === 'true' || text === 'false') return text === 'true';
  throw new TypeError(`${variable} is ${JSON.stringify(text)}; give true or false`);
};
const list: Parse = text => text.split(',').map(entry => entry.trim());
const text: Parse = value => value;
const number: Parse = (value, variable) => {
  const parsed = Number(value);
  if (value.trim() !== '' && Number.isFinite(parsed)) return parsed;
  throw new TypeError(`${variable} is ${JSON.stringify(value)}; give a number`);
};
const numbers: Parse = (value, variable) => value.split(',').map(entry => number(entry, variable));
/** The sampler takes the number; the option says that there is one. */
const isSampled: Parse = (text, variable) => ratioOf(text, variable) !== undefined;
const labels: Parse = (value, variable) =>
  Object.fromEntries(
    value.split(',').map(entry => {
      const equals = entry.indexOf('=');
      if (equals < 1)
        throw new TypeError(
          `${variable} is ${JSON.stringify(value)}; give name=value, separated by commas`,
        );
      return [entry.slice(0, equals).trim(), entry.slice(equals + 1).trim()];
    }),
  );

/** Characters of the token of the live view at least. */
export const MIN_TOKEN_LENGTH = 16;

const PREFIX = 'OTEL_INSTRUMENTATION_VANGO_';

/** Environment variables, below `OTEL_INSTRUMENTATION_VANGO_`, of the options that have one. */
export const ENVIRONMENT: Readonly<
  Record<string, readonly [option: keyof VangoInstrumentationConfig, Parse]>
> = {
  IGNORE_EVENTS: ['ignoreEvents', list],
  INCLUDE_USER_ID: ['includeUserId', boolean],
  INCLUDE_ROUTE: ['includeRoute', boolean],
  STATUS_OK: ['statusOk', boolean],
  TRUST_CLIENT_CONTEXT: ['trustClientContext', text],
  SESSION_SAMPLING: ['sessionSampling', isSampled],
};

/** The same for the options of metrics. */
export const METRICS_ENVIRONMENT: Readonly<
  Record<string, readonly [option: keyof VangoMetricsConfig, Parse]>
> = {
  METRICS_NAMESPACE: ['namespace', text],
  METRICS_SUBSYSTEM: ['subsystem', text],
  METRICS_CONST_LABELS: ['constLabels', labels],
  METRICS_BUCKETS: ['buckets', numbers],
  METRICS_MAX_ROUTES: ['maxRoutes', number],
  METRICS_MAX_RESOURCES: ['maxResources', number],
  METRICS_MAX_ACTIONS: ['maxActions', number],
  METRICS_MAX_STABLE_IDS: ['maxStableIds', number],
};

/**
 * The configuration that environment variables ask for.
 *
 * @throws TypeError that names the variable, its value and what to give instead
 */
export function configFromEnvironment(
  env: NodeJS.ProcessEnv = process.env,
): VangoInstrumentationConfig {
  const metrics = read(METRICS_ENVIRONMENT, env);
  return { ...read(ENVIRONMENT, env), ...(Object.keys(metrics).length > 0 && { metrics }) };
}

/**
 * The share of sessions that a zero-code start keeps.
 *
 * @throws TypeError that names the variable, its value and what to give instead
 */
export function sessionRatioFrom(env: NodeJS.ProcessEnv): number | undefined {
  const variable = `${PREFIX}SESSION_SAMPLING`;
  const text = env[variable];
  return text === undefined || text === '' ? undefined : ratioOf(text, variable);
}

/**
 * Whether a zero-code start has the live view, and its token where the user chose one. In
 * production it has to be asked for.
 *
 * @throws TypeError that names the variable, its value and what to give instead
 */
export function liveViewFrom(env: NodeJS.ProcessEnv): boolean | { readonly token: string } {
  const variable = `${PREFIX}LIVE_VIEW`;
  const wanted = env[variable];
  const isOn = wanted ? boolean(wanted, variable) === true : env.NODE_ENV !== 'production';
  const token = env[`${variable}_TOKEN`];
  if (!isOn || !token) return isOn;
  if (token.length >= MIN_TOKEN_LENGTH) return { token };
  throw new TypeError(
    `${variable}_TOKEN has ${token.length} characters; give at least ${MIN_TOKEN_LENGTH}`,
  );
}

function ratioOf(text: string, variable: string): number {
  const ratio = text.trim() === '' ? undefined : Number(text);
  if (isRatio(ratio)) return ratio;
  throw new TypeError(`${variable} is ${JSON.stringify(text)}; give ${RATIO_REMEDY}`);
}

function read(
  table: Readonly<Record<string, readonly [string, Parse]>>,
  env: NodeJS.ProcessEnv,
): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [suffix, [option, parse]] of Object.entries(table)) {
    const variable = PREFIX + suffix;
    const value = env[variable];
    if (value !== undefined && value !== '') options[option] = parse(value, variable);
  }
  return options;
}
