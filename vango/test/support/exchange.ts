import { connect } from 'node:net';

/** The answer to raw bytes. */
export interface Exchange {
  /** Status of the first answer, or undefined when there was none. */
  readonly status: number | undefined;
  /** Headers of the first answer by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the server closed the connection. */
  readonly closed: boolean;
}

/** Writes raw bytes to a new connection, until the server closes it or upgrades it. */
export function exchange(origin: string, bytes: string | Uint8Array): Promise<Exchange> {
  const { port, hostname } = new URL(origin);
  const socket = connect(Number(port), hostname);
  let text = '';
  return new Promise((resolve, reject) => {
    const end = (closed: boolean): void => {
      const [head = ''] = text.split('\r\n\r\n', 1);
      const headers = Object.fromEntries(
        head.split('\r\n').flatMap(line => {
          const [, name, value] = /^([\w-]+): (.*)$/.exec(line) ?? [];
          return name === undefined || value === undefined ? [] : [[name.toLowerCase(), value]];
        }),
      );
      resolve({
        status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]) || undefined,
        headers,
        closed,
      });
      socket.destroy();
    };
    socket.setEncoding('latin1');
    socket.on('data', data => {
      text += data;
      if (text.startsWith('HTTP/1.1 101')) end(false);
    });
    socket.on('close', () => end(true));
    socket.on('error', () => {});
    socket.setTimeout(5000, () => reject(new Error(`no end within 5 s: ${JSON.stringify(text)}`)));
    socket.write(bytes);
  });
}

/** Writes a request with an unchanged target and any headers. */
export function requestFor(target: string, headers: Record<string, string>): string {
  const lines = Object.entries({ Connection: 'close', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `GET ${target} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** The headers of a WebSocket upgrade. */
export const UPGRADE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};
