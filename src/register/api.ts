import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createNoopMeter, metrics, ProxyTracerProvider, trace } from '@opentelemetry/api';
import { PACKAGE_NAME } from '../version';
import { resolveFromSdk } from './sdk';

const API = '@opentelemetry/api';

const REGISTRY = Symbol.for('opentelemetry.js.api.1');
const NOOP_TRACERS = new ProxyTracerProvider().getDelegate();

/** What the copies of the API in a process share. */
interface Registry {
  readonly version: string;
  readonly diag?: unknown;
}

export function apiRegistry(): Registry | undefined {
  return (globalThis as { [REGISTRY]?: Registry })[REGISTRY];
}

/** Whether the application or a preload has set up tracing. */
export function hasTracing(): boolean {
  const provider = trace.getTracerProvider();
  return !(provider instanceof ProxyTracerProvider) || provider.getDelegate() !== NOOP_TRACERS;
}

/** The same of metrics. */
export function hasMetrics(): boolean {
  return metrics.getMeterProvider().getMeter(PACKAGE_NAME) !== createNoopMeter();
}

/** Whether nobody has set up anything, and this copy of the API may on behalf of the SDK. */
export function isApiUnused(): boolean {
  if (hasTracing() || hasMetrics()) return false;
  const own = ownVersion();
  return own === sdkVersion() && own === (apiRegistry()?.version ?? own);
}

/**
 * Makes sure that what the SDK registers can be read here.
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
    `this process has @opentelemetry/api ${first} already, which does not work with the application's ${second}; ` +
      `run npm install @opentelemetry/api@${first}, or take away what is loaded first`,
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
