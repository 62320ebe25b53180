import type { IncomingMessage } from 'node:http';
import type { BlockList } from 'node:net';
import type { Logger } from '../logger';
import { InvalidPathError } from '../routing';
import { lastForwarded } from './forwarded';
import { parseHost } from './host';
import { type RequestTarget, requestTarget } from './requestTarget';

/** A request is refused, with the HTTP status that says why. */
export class RequestRefusedError extends Error {
  override name = 'RequestRefusedError';

  constructor(
    readonly status: 400 | 403 | 421,
    message: string,
  ) {
    super(message);
  }
}

/** Refusals that are logged. Each is logged once. */
const MAX_LOGGED = 100;
/** Characters of a header in a log line. */
const MAX_SHOWN = 200;

/** Decides which requests are for this app: by host and, for sockets, by origin. */
export class Gate {
  private readonly logged = new Set<string>();

  constructor(
    private readonly proxies: BlockList,
    private readonly allowedHosts: readonly string[] | undefined,
    private readonly allowedOrigins: readonly string[],
    private readonly logger: Logger,
  ) {}

  /**
   * Reads the target of a request.
   *
   * @throws RequestRefusedError with status 400 when the target or the host is invalid
   */
  read(request: IncomingMessage): RequestTarget {
    const { host } = request.headers;
    if (host !== undefined && host !== '' && parseHost(host) === undefined)
      throw new RequestRefusedError(400, `The Host header, ${shown(host)}, is not a host`);
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
   * Checks the origin. Requests without one do not come from pages.
   *
   * @throws RequestRefusedError with status 403 for pages of other origins
   */
  checkOrigin(request: IncomingMessage): void {
    const { origin } = request.headers;
    if (origin === undefined) return;
    const host = this.hostOf(request);
    if (isOriginOf(origin, host) || this.allowedOrigins.includes(origin)) return;
    this.log(
      `A socket for a page of ${shown(origin)} was refused: the host asked for is ` +
        `${shown(host)}. Behind a proxy, have it send X-Forwarded-Host and add its address to ` +
        'trustedProxies; otherwise add the origin to allowedOrigins',
    );
    throw new RequestRefusedError(403, 'This origin is not allowed');
  }

  /** The host that the browser asked for. A trusted proxy knows it better than its own request. */
  private hostOf(request: IncomingMessage): string {
    return lastForwarded(request, 'x-forwarded-host', this.proxies) ?? request.headers.host ?? '';
  }

  private log(message: string): void {
    if (this.logged.size >= MAX_LOGGED || this.logged.has(message)) return;
    this.logged.add(message);
    this.logger.warn(message);
  }
}

/** @param allowed - host, with a port if only that port is meant */
function isHost(asked: URL, allowed: string): boolean {
  const { host, hostname } = parseHost(allowed) as URL;
  return /:\d+$/.test(allowed) ? asked.host === host : asked.hostname === hostname;
}

/** The proxy decides on the scheme, which only says what the default port is. */
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
