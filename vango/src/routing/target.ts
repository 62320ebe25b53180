import { canonicalPath, InvalidPathError } from './path';

/** A URL of this app, written as the URL standard does. */
export interface Target {
  /** Canonical, with one leading slash. */
  readonly path: string;
  /** With its `?`, or ''. */
  readonly search: string;
  /** With its `#`, or ''. */
  readonly hash: string;
}

/**
 * Characters that URL parsers remove silently, so that a path can hide the name of another host.
 */
const HIDDEN = /\p{Cc}|^ | $/u;
const SCHEME = /^[a-z][a-z0-9+.-]*:/i;
const PARTS = /^([^?#]*)(\?[^#]*)?(#.*)?$/su;

/**
 * Resolves a link, redirect or navigation. This function alone decides what is a URL of this app:
 * what it accepts never leads to another origin.
 *
 * @param target - a path, or a reference relative to `base`
 * @param base - path and query of the page that `target` is on
 * @throws InvalidPathError for other hosts and schemes, backslashes, control characters, bad
 *   percent escapes and paths that climb above the root
 */
export function resolveTarget(target: string, base: string): Target {
  if (HIDDEN.test(target))
    throw new InvalidPathError(
      target,
      'it has control characters, or spaces around it; encode or remove them',
    );
  const { path, search, hash } = split(target);
  if (path.startsWith('//') || SCHEME.test(path))
    throw new InvalidPathError(
      target,
      'it names a scheme or a host; name a path of this app, such as "/a?b=1"',
    );
  const from = split(base);
  const query = search ?? (path === '' ? from.search : undefined) ?? '';
  const place = canonicalPath(absolute(path, from.path)).path + query;
  // This only encodes: a path with one leading slash and no backslash cannot change the host. The
  // hash keeps trailing spaces.
  const url = new URL(place + (hash || '#'), 'http://localhost');
  return { path: url.pathname, search: url.search, hash: url.hash };
}

/**
 * Resolves a path of this app that is named without a page, as the patches of a navigation do.
 *
 * @param path - A path that starts with a slash, with query and hash.
 * @throws InvalidPathError where `resolveTarget()` does, and for a path without a leading slash.
 */
export function resolvePath(path: string): Target {
  if (!path.startsWith('/'))
    throw new InvalidPathError(path, 'it does not start with a slash, as "/a?b=1" does');
  return resolveTarget(path, '/');
}

function split(reference: string): { path: string; search: string | undefined; hash: string } {
  const [, path = '', search, hash = ''] = PARTS.exec(reference) ?? [];
  return { path, search, hash };
}

function absolute(path: string, from: string): string {
  if (path === '') return from;
  return path.startsWith('/') ? path : from.slice(0, from.lastIndexOf('/') + 1) + path;
}
