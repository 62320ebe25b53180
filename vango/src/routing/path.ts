/** A path that cannot name a page. */
export class InvalidPathError extends Error {
  override name = 'InvalidPathError';

  constructor(path: string, why: string) {
    super(`${JSON.stringify(path)} is not a path: ${why}`);
  }
}

/** A canonical path, and whether it differs from the path as written. */
export interface CanonicalPath {
  readonly path: string;
  readonly changed: boolean;
}

/**
 * Brings a path into its canonical form: with a leading slash, without empty or `.` segments and
 * trailing slash, and with `..` resolved.
 *
 * @throws InvalidPathError for backslashes, NUL, bad percent escapes and paths that climb above
 *   the root
 */
export function canonicalPath(raw: string): CanonicalPath {
  if (raw.includes('\\')) throw new InvalidPathError(raw, 'it contains a backslash');
  const segments: string[] = [];
  for (const segment of raw.replace(/^\//, '').split('/')) {
    const decoded = decodeSegment(raw, segment);
    if (decoded === '.') continue;
    if (decoded !== '..') segments.push(segment);
    else if (segments.pop() === undefined)
      throw new InvalidPathError(raw, 'it climbs above the root');
  }
  // Last, since browsers let `..` remove an empty segment too.
  const path = `/${segments.filter(segment => segment !== '').join('/')}`;
  return { path, changed: path !== raw };
}

/** Decodes the percent escapes of one segment. */
export function decodeSegment(path: string, segment: string): string {
  let decoded: string;
  try {
    decoded = segment.includes('%') ? decodeURIComponent(segment) : segment;
  } catch {
    throw new InvalidPathError(path, 'a percent escape in it is broken');
  }
  if (decoded.includes('\0')) throw new InvalidPathError(path, 'it contains a NUL');
  return decoded;
}
