import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TracerProvider } from '@opentelemetry/api';
import { hasMeterProvider, hasTracerProvider } from '../sdkState';
import { requireFromSdk, resolveFromSdk } from './sdk';

const API = '@opentelemetry/api';

const REGISTRY = Symbol.for('opentelemetry.js.api.1');

/** The state that all copies of the API in a process share. */
interface Registry {
  readonly version: string;
  readonly diag?: unknown;
}

export function apiRegistry(): Registry | undefined {
  return (globalThis as { [REGISTRY]?: Registry })[REGISTRY];
}

/** Whether nothing is registered yet, and this copy of the API may register what the SDK needs. */
export function isApiUnused(): boolean {
  if (hasTracerProvider() || hasMeterProvider()) return false;
  const own = ownVersion();
  return own === sdkVersion() && own === (apiRegistry()?.version ?? own);
}

/**
 * Runs `start`, and returns the tracer provider that it registered. The API has no other way to get
 * at the provider of an SDK, which has to be flushed.
 */
export function registeredBy(start: () => void): TracerProvider | undefined {
  const { trace } = requireFromSdk(API) as typeof import('@opentelemetry/api');
  const register = trace.setGlobalTracerProvider;
  let registered: TracerProvider | undefined;
  trace.setGlobalTracerProvider = provider => {
    registered = provider;
    return register.call(trace, provider);
  };
  try {
    start();
  } finally {
    trace.setGlobalTracerProvider = register;
  }
  return registered;
}

/**
 * Makes sure that this copy of the API can read what the SDK registers.
 *
 * @throws Error that names both versions of the API and the remedy
 */
export function mustAgree(): void {
  const [own, sdk] = [ownVersion(), sdkVersion()];
  const registered = apiRegistry()?.version ?? sdk;
  if (registered !== sdk) throw conflict(registered, sdk);
  if (minorOf(own) > minorOf(sdk)) throw conflict(sdk, own);
}

function conflict(first: string, second: string): Error {
  return new Error(
    `this process has @opentelemetry/api ${first} already, ` +
      `which does not work with the application's ${second}; ` +
      `run npm install @opentelemetry/api@${first}, or remove what is loaded before it`,
  );
}

function ownVersion(): string {
  return versionAt(require.resolve(API));
}

function sdkVersion(): string {
  return versionAt(resolveFromSdk(API));
}

/** The version of the API that a module belongs to; its package exports no `package.json`. */
function versionAt(path: string): string {
  const folder = dirname(path);
  const file = join(folder, 'package.json');
  const { name, version } = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string })
    : {};
  return name === API && version !== undefined ? version : versionAt(folder);
}

function minorOf(version: string): number {
  return Number(version.split('.')[1]);
}
