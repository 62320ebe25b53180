/**
 * Parses a host with an optional port, as headers and options have it.
 *
 * @param scheme - decides the default port
 * @returns undefined for text that is not a host
 */
export function parseHost(host: string, scheme = 'http:'): URL | undefined {
  if (!/^[^\s/?#@\\]+$/.test(host)) return undefined;
  try {
    return new URL(`${scheme}//${host}`);
  } catch {
    return undefined;
  }
}
