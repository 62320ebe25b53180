/** The request that upgrades a TCP connection to a WebSocket. */
export function upgradeRequest({ pathname, search, host }: URL): string {
  return (
    `GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
  );
}

/** A binary WebSocket message of a client, masked with zeros. */
export function message(payload: Uint8Array): Buffer {
  const { length } = payload;
  const head = length < 126 ? [0x82, 0x80 | length] : [0x82, 0xfe, length >> 8, length & 0xff];
  const start = head.length + 4;
  const bytes = Buffer.alloc(start + length);
  bytes.set(head);
  bytes.set(payload, start);
  return bytes;
}
