/** Name and version of the instrumentation scope: this package's. */
export const PACKAGE_NAME = '@vango/opentelemetry';
export const PACKAGE_VERSION = '0.1.0';
