import { dirname } from 'node:path';

const SDK_PACKAGES = [
  '@opentelemetry/sdk-node',
  '@opentelemetry/sdk-metrics',
  '@opentelemetry/exporter-prometheus',
];

/** Loads a package that the SDK depends on, in the version that the SDK uses. */
export function requireFromSdk(name: string): unknown {
  return require(resolveFromSdk(name));
}

export function resolveFromSdk(name: string): string {
  return require.resolve(name, { paths: [dirname(require.resolve('@opentelemetry/sdk-node'))] });
}

/** Says why a start failed, and what to do about it. */
export function explain(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const missing =
    code === 'MODULE_NOT_FOUND' ? SDK_PACKAGES.find(name => message.includes(name)) : undefined;
  return missing === undefined
    ? message
    : `${missing} is not installed; run npm install ${SDK_PACKAGES.join(' ')}`;
}
