import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { hostname } from 'node:os';

/** Bytes of a token that is made at the start. */
const TOKEN_BYTES = 24;
/** Names of this machine that only reach it from itself. */
const LOCAL_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether an address can be reached from its own machine alone. */
export function isLoopback(address: string): boolean {
  return LOOPBACK.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** Decides who may see a live view: whoever has its token, or the cookie that is made of it. */
export class Access {
  private secret: string;

  /**
   * @param host - what the server was asked to listen on
   * @param configured - the token that the user chose, if any
   */
  constructor(
    private readonly host: string,
    readonly configured: string | undefined,
  ) {
    this.secret = configured ?? randomBytes(TOKEN_BYTES).toString('base64url');
  }

  get token(): string {
    return this.secret;
  }

  /** Takes the token of the other processes that share the port, unless the user chose one. */
  adopt(token: string): void {
    if (this.configured === undefined && token !== '') this.secret = token;
  }

  isToken(text: string): boolean {
    return isEqual(text, this.secret);
  }

  /**
   * The value of the cookie. It is not the token, since browsers send cookies to all ports of a
   * host.
   */
  get cookie(): string {
    return createHmac('sha256', this.secret).update('cookie').digest('base64url');
  }

  /** Browsers tell no ports apart, so the name does. */
  cookieName(port: number): string {
    return `vango_live_${port}`;
  }

  hasCookie({ headers, socket }: IncomingMessage): boolean {
    const name = this.cookieName(socket.localPort ?? 0);
    const pairs = (headers.cookie ?? '').split(';').map(pair => pair.trim());
    // A cookie of the same name may come from another path or a parent domain.
    return pairs
      .filter(pair => pair.startsWith(`${name}=`))
      .some(pair => isEqual(pair.slice(name.length + 1), this.cookie));
  }

  /**
   * Whether a request names this server. A page of another site can give its own name the address
   * of this machine, and read what it then gets from "itself"; the header still has that name.
   */
  isOwnHost({ headers, socket }: IncomingMessage): boolean {
    const name = /^(\[[\da-f:.]+\]|[^:]+)(?::\d+)?$/i.exec(headers.host ?? '')?.[1]?.toLowerCase();
    if (name === undefined) return false;
    if (LOCAL_NAMES.includes(name) || name === this.host.toLowerCase()) return true;
    if (isLoopback(socket.localAddress ?? '')) return false;
    // No site can have an address for its name.
    return isIP(name.replace(/^\[|\]$/g, '')) !== 0 || name === hostname().toLowerCase();
  }
}

/** Compares in a time that tells nothing of where two texts differ, or of their length. */
function isEqual(a: string, b: string): boolean {
  const key = randomBytes(16);
  const digest = (text: string): Buffer => createHmac('sha256', key).update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
