import { canonicalPath, InvalidPathError, resolveTarget, type Target } from '../routing';

/** What a request asks for. */
export interface RequestTarget extends Target {
  /** Whether the path was written in another form than its canonical one. */
  readonly changed: boolean;
}

const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)(.*)$/is;

/**
 * Reads the target of a request line. The absolute form, as proxies write it, is read where it
 * names the host that the request is for.
 *
 * @param host - of the request
 * @throws InvalidPathError for what names no place of this app
 */
export function requestTarget(target: string, host: string | undefined): RequestTarget {
  const [, authority, rest = ''] = ABSOLUTE_FORM.exec(target) ?? [];
  if (authority === undefined) return pathTarget(target);
  if (authority.toLowerCase() !== host?.toLowerCase())
    throw new InvalidPathError(
      target,
      `it names another host than the header Host, ${JSON.stringify(host)}`,
    );
  return pathTarget(rest.startsWith('/') ? rest : `/${rest}`);
}

/**
 * Reads a path with its query, as a hello names the page it comes from.
 *
 * @throws InvalidPathError for what names no place of this app
 */
export function pathTarget(target: string): RequestTarget {
  if (!target.startsWith('/')) throw new InvalidPathError(target, 'it must start with one slash');
  const [path = ''] = target.split(/[?#]/, 1);
  return { ...resolveTarget(target, '/'), changed: canonicalPath(path).changed };
}
