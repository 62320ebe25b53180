import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/**
 * The list of trusted proxies.
 *
 * @throws TypeError for entries that are neither an IP address nor a CIDR range
 */
export function proxyList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    try {
      if (prefix === undefined) list.addAddress(address, family);
      else list.addSubnet(address, Number(prefix), family);
    } catch {
      throw new TypeError(
        `trustedProxies: ${JSON.stringify(entry)} is neither an IP address ` +
          'nor a range such as "10.0.0.0/8"',
      );
    }
  }
  return list;
}

/**
 * The address of the client: that of the socket or, behind trusted proxies, the right-most address
 * of the headers that is not a trusted proxy.
 */
export function clientIp(request: IncomingMessage, proxies: BlockList): string {
  const socket = peer(request);
  if (!isProxy(socket, proxies)) return socket;
  const hops = forwardedFor(request).map(plain);
  for (const hop of hops.reverse()) {
    if (isIP(hop) === 0) break;
    if (!isProxy(hop, proxies)) return hop;
  }
  return socket;
}

/** Whether the client uses TLS, to this process or to a trusted proxy. */
export function isSecure(request: IncomingMessage, proxies: BlockList): boolean {
  if ('encrypted' in request.socket && request.socket.encrypted === true) return true;
  return lastForwarded(request, 'x-forwarded-proto', proxies)?.toLowerCase() === 'https';
}

/** The last value of a header of the proxy; undefined when the proxy is not trusted. */
export function lastForwarded(
  request: IncomingMessage,
  name: 'x-forwarded-host' | 'x-forwarded-proto',
  proxies: BlockList,
): string | undefined {
  if (!isProxy(peer(request), proxies)) return undefined;
  return request.headers[name]?.toString().split(',').at(-1)?.trim() || undefined;
}

/** The address of the peer. */
function peer({ socket }: IncomingMessage): string {
  return plain(socket.remoteAddress ?? '');
}

function isProxy(address: string, proxies: BlockList): boolean {
  const version = isIP(address);
  return version !== 0 && proxies.check(address, version === 6 ? 'ipv6' : 'ipv4');
}

function forwardedFor({ headers }: IncomingMessage): string[] {
  const { forwarded } = headers;
  if (forwarded !== undefined) {
    return [...forwarded.matchAll(/for=("[^"]*"|[^;,\s]*)/gi)].map(([, node = '']) =>
      node.replaceAll('"', ''),
    );
  }
  const header = headers['x-forwarded-for'] ?? '';
  return (Array.isArray(header) ? header.join(',') : header).split(',');
}

/** Removes brackets, port, and the prefix of IPv4 addresses in IPv6 form. */
function plain(address: string): string {
  const trimmed = address.trim();
  const bracketed = /^\[([^\]]+)\]/.exec(trimmed)?.[1];
  const bare = bracketed ?? (/^[\d.]+:\d+$/.test(trimmed) ? trimmed.replace(/:\d+$/, '') : trimmed);
  return bare.replace(/^::ffff:(?=\d+\.)/i, '');
}
