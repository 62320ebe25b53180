/**
 * Reads a host with its port, as headers and options name it.
 * @param scheme says which port goes without saying
 * @returns undefined for what is none
 */
export function parseHost(host: string, scheme = 'http:'): URL | undefined {
  if (!/^[^\s/?#@\\]+$/.test(host)) return undefined;
  try {
    return new URL(`${scheme}//${host}`);
  } catch {
    return undefined;
  }
}
