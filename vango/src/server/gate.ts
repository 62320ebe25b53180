import type { IncomingMessage } from 'node:http';
import type { BlockList } from 'node:net';
import type { Logger } from '../logger';
import { InvalidPathError } from '../routing';
import { lastForwarded } from './forwarded';
import { parseHost } from './host';
import { type RequestTarget, requestTarget } from './requestTarget';

/** A request that is not answered, and the HTTP status that says why. */
export class RequestRefusedError extends Error {
  override name = 'RequestRefusedError';

  constructor(
    readonly status: 400 | 403 | 421,
    message: string,
  ) {
    super(message);
  }
}

/** Refusals that are logged, each once. */
const MAX_LOGGED = 100;
/** Characters of a header that a log line shows. */
const MAX_SHOWN = 200;

/** Tells which requests are this app's: of the hosts it serves and, for sockets, of its pages. */
export class Gate {
  private readonly logged = new Set<string>();

  constructor(
    private readonly proxies: BlockList,
    private readonly allowedHosts: readonly string[] | undefined,
    private readonly allowedOrigins: readonly string[],
    private readonly logger: Logger,
  ) {}

  /**
   * Reads what a request asks for.
   * @throws RequestRefusedError with status 400 when that, or the host, cannot be read
   */
  read(request: IncomingMessage): RequestTarget {
    const { host } = request.headers;
    if (host !== undefined && host !== '' && parseHost(host) === undefined)
      throw new RequestRefusedError(400, `The header Host, ${shown(host)}, is no host`);
    try {
      return requestTarget(request.url ?? '/', host);
    } catch (error) {
      if (error instanceof InvalidPathError) throw new RequestRefusedError(400, error.message);
      throw error;
    }
  }

  /** @throws RequestRefusedError with status 421 for hosts that are not served */
  checkHost(request: IncomingMessage): void {
    if (this.allowedHosts === undefined) return;
    const asked = this.hostOf(request);
    const url = parseHost(asked);
    if (url !== undefined && this.allowedHosts.some(allowed => isHost(url, allowed))) return;
    this.log(
      `A request for the host ${shown(asked)} was refused; to serve it, add it to allowedHosts`,
    );
    throw new RequestRefusedError(421, 'This host is not served here');
  }

  /**
   * Requests without `Origin` do not come from pages.
   * @throws RequestRefusedError with status 403 for requests of other origins' pages
   */
  checkOrigin(request: IncomingMessage): void {
    const { origin } = request.headers;
    if (origin === undefined) return;
    const host = this.hostOf(request);
    if (isOriginOf(origin, host) || this.allowedOrigins.includes(origin)) return;
    this.log(
      `A socket for a page of ${shown(origin)} was refused: the host asked for is ${shown(host)}. Behind a proxy, ` +
        'have it send X-Forwarded-Host and add its address to trustedProxies; otherwise add the origin to allowedOrigins',
    );
    throw new RequestRefusedError(403, 'This origin is not allowed');
  }

  /** The host that the browser asked for: a trusted proxy knows it better than the request it makes. */
  private hostOf(request: IncomingMessage): string {
    return lastForwarded(request, 'x-forwarded-host', this.proxies) ?? request.headers.host ?? '';
  }

  private log(message: string): void {
    if (this.logged.size >= MAX_LOGGED || this.logged.has(message)) return;
    this.logged.add(message);
    this.logger.warn(message);
  }
}

/** @param allowed host, with a port if only that one is meant */
function isHost(asked: URL, allowed: string): boolean {
  const { host, hostname } = parseHost(allowed) as URL;
  return /:\d+$/.test(allowed) ? asked.host === host : asked.hostname === hostname;
}

/** The scheme is the proxy's affair, but says which port goes without saying. */
function isOriginOf(origin: string, host: string): boolean {
  try {
    const { protocol, host: own } = new URL(origin);
    return own !== '' && own === parseHost(host, protocol)?.host;
  } catch {
    return false;
  }
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, MAX_SHOWN));
}
