import type { Ctx } from '../ctx';
import { guardLogger, type Logger } from '../logger';
import type { WriteViolationPolicy } from '../reactive/scope';
import type { SessionLimits } from '../session/host';
import type { PersistOptions } from '../stores/persistence';
import { parseHost } from './host';

/** Limits on what clients may use. Defaults in `DEFAULT_LIMITS`. */
export interface Limits extends SessionLimits {
  /** Milliseconds that a new socket has for its hello. */
  handshakeTimeout: number;
  /** Milliseconds of silence after which a socket is dropped; browsers ping every 30 s. */
  readTimeout: number;
  /** Bytes that may wait for a slow browser. */
  sendBuffer: number;
  /** Bytes of one WebSocket message; the largest legal frame has 65 539. */
  messageSize: number;
}

export const DEFAULT_LIMITS: Readonly<Limits> = Object.freeze({
  maxSessions: 10_000,
  maxSessionsPerIp: 100,
  maxDetached: 10_000,
  sessionMemory: 1024 * 1024,
  totalMemory: 1024 * 1024 * 1024,
  resourceStarts: 50,
  actionStarts: 100,
  resumeWindow: 300_000,
  reapInterval: 30_000,
  eventQueue: 256,
  patchRing: 100,
  handshakeTimeout: 10_000,
  readTimeout: 60_000,
  sendBuffer: 4 * 1024 * 1024,
  messageSize: 65_539,
});

/** Options of `createApp()`. */
export interface AppOptions {
  /** Title of pages that have none. Default: `Vango`. */
  title?: string;
  /** Language of the pages, a BCP 47 tag. Default: `en`. */
  lang?: string;
  /** Trusted markup for the end of each page's head, such as a stylesheet. */
  head?: string;
  /**
   * Secret of at least 16 characters that signs CSRF tokens and the trace contexts of pages.
   * Default: none; tokens are then not checked.
   */
  csrfSecret?: string;
  /**
   * Whether the CSRF cookie is sent over HTTPS only. Default: as the page was sent, by the word of
   * a trusted proxy or by the socket.
   */
  secureCookies?: boolean;
  /**
   * Addresses or CIDR ranges of proxies whose headers are believed: `Forwarded`, `X-Forwarded-For`,
   * `X-Forwarded-Host` and `X-Forwarded-Proto`. Default: none.
   */
  trustedProxies?: readonly string[];
  /**
   * Hosts that are served, such as `shop.example` or, for one port only, `shop.example:8443`.
   * Requests for others get status 421. Set it wherever browsers reach the app without a proxy that
   * checks the host: the names of other sites can resolve to its address. Default: all.
   */
  allowedHosts?: readonly string[];
  /**
   * Origins whose pages may open sockets, besides the host of the request, such as
   * `https://shop.example`. Default: none.
   */
  allowedOrigins?: readonly string[];
  /**
   * Returns the nonce of the Content-Security-Policy for the script tag of a page. It is called
   * once for each page render; middleware sets the header. Default: none.
   */
  nonce?: (ctx: Ctx) => string;
  /** What happens when a signal is written where it may not be. Default: `warn`. */
  writeViolations?: WriteViolationPolicy;
  /** Where sessions are stored. Default: nowhere. */
  persist?: PersistOptions;
  limits?: Partial<Limits>;
  /** Default: `console`. */
  logger?: Logger;
}

/** Options that have no default. */
type Absent = 'csrfSecret' | 'persist' | 'secureCookies' | 'allowedHosts' | 'nonce';

type WithAbsent = { readonly [K in Absent]: AppOptions[K] | undefined };

export interface ResolvedOptions extends Required<Omit<AppOptions, Absent | 'limits'>>, WithAbsent {
  readonly limits: Readonly<Limits>;
}

const POLICIES: readonly WriteViolationPolicy[] = ['warn', 'throw', 'drop'];

/**
 * Checks options and fills in defaults.
 *
 * @throws TypeError or RangeError that names the option, its value and the remedy
 */
export function resolveOptions(options: AppOptions = {}): ResolvedOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`createApp() got ${show(options)}; give an object of options, or nothing`);
  }
  for (const name of Object.keys(options)) {
    if (!(name in CHECKS)) {
      throw new TypeError(
        `createApp(): unknown option ${show(name)}; ` +
          `the options are ${Object.keys(CHECKS).join(', ')}`,
      );
    }
  }
  for (const [name, check] of Object.entries(CHECKS)) {
    const value = options[name as keyof AppOptions];
    if (value === undefined) continue;
    const remedy = check(value);
    if (remedy !== undefined)
      throw new TypeError(`createApp(): option ${name} is ${show(value)}; give ${remedy}`);
  }
  return {
    title: options.title ?? 'Vango',
    lang: options.lang ?? 'en',
    head: options.head ?? '',
    csrfSecret: options.csrfSecret,
    persist: options.persist,
    secureCookies: options.secureCookies,
    trustedProxies: options.trustedProxies ?? [],
    allowedHosts: options.allowedHosts,
    allowedOrigins: options.allowedOrigins ?? [],
    nonce: options.nonce,
    writeViolations: options.writeViolations ?? 'warn',
    limits: resolveLimits(options.limits),
    logger: guardLogger(options.logger ?? console),
  };
}

const isString = (value: unknown): string | undefined =>
  typeof value === 'string' ? undefined : 'a string';

function isList(value: unknown, fits: (entry: string) => boolean): boolean {
  return Array.isArray(value) && value.every(entry => typeof entry === 'string' && fits(entry));
}

function isOrigin(entry: string): boolean {
  try {
    return new URL(entry).origin === entry;
  } catch {
    return false;
  }
}

/** For each option: the remedy when its value is invalid. */
const CHECKS: Record<keyof AppOptions, (value: unknown) => string | undefined> = {
  title: isString,
  lang: isString,
  head: isString,
  csrfSecret: value =>
    typeof value === 'string' && value.length >= 16
      ? undefined
      : 'a string of at least 16 characters',
  secureCookies: value => (typeof value === 'boolean' ? undefined : 'true or false'),
  trustedProxies: value =>
    isList(value, () => true) ? undefined : 'an array of IP addresses or CIDR ranges',
  allowedHosts: value =>
    isList(value, entry => parseHost(entry) !== undefined)
      ? undefined
      : 'an array of hosts such as "shop.example" or "shop.example:8443"',
  allowedOrigins: value =>
    isList(value, isOrigin) ? undefined : 'an array of origins such as "https://shop.example"',
  nonce: value =>
    typeof value === 'function'
      ? undefined
      : 'a function that gives the nonce of a page, ctx => string',
  writeViolations: value =>
    POLICIES.includes(value as WriteViolationPolicy) ? undefined : `one of ${POLICIES.join(', ')}`,
  persist: value =>
    typeof (value as Partial<PersistOptions> | null)?.store?.save === 'function'
      ? undefined
      : 'an object with a store: memoryStore(), fileStore(folder) or redisStore(client)',
  limits: value =>
    typeof value === 'object' && value !== null ? undefined : 'an object of limits',
  logger: value =>
    ['error', 'warn', 'info'].every(
      method => typeof (value as Record<string, unknown> | null)?.[method] === 'function',
    )
      ? undefined
      : 'an object with the methods error, warn and info, such as console',
};

const MAY_BE_ZERO = new Set(['resourceStarts', 'actionStarts']);

function resolveLimits(limits: Partial<Limits> = {}): Readonly<Limits> {
  for (const [name, value] of Object.entries(limits)) {
    if (!(name in DEFAULT_LIMITS)) {
      throw new TypeError(
        `createApp(): unknown limit ${show(name)}; ` +
          `the limits are ${Object.keys(DEFAULT_LIMITS).join(', ')}`,
      );
    }
    const least = MAY_BE_ZERO.has(name) ? 0 : 1;
    if (value !== undefined && (!Number.isInteger(value) || value < least)) {
      throw new RangeError(
        `createApp(): limit ${name} is ${show(value)}; give a whole number of at least ${least}`,
      );
    }
  }
  return Object.freeze({ ...DEFAULT_LIMITS, ...limits });
}

function show(value: unknown): string {
  return typeof value === 'function' ? 'a function' : (JSON.stringify(value) ?? String(value));
}
