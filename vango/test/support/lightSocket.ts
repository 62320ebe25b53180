import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const HEADERS_END = '\r\n\r\n';
const BINARY = 0x82;
const MASKED = 0x80;
const MASK = Buffer.from([0x5a, 0x96, 0xc3, 0x3c]);
/** Each read is over before the next one begins, so one buffer serves all sockets. */
const READ_BUFFER = Buffer.alloc(65_536);

/**
 * A WebSocket client for loads: binary messages without extensions, one write for each, and nothing allocated for a read. A full client costs as much as
 * the server that is to be measured.
 */
export class LightSocket {
  private upgraded = false;
  /** The beginning of what is not whole yet. */
  private rest: Buffer | undefined;

  private constructor(
    private readonly socket: Socket,
    private readonly onMessage: (message: Buffer) => void,
    private readonly onUpgraded: () => void,
  ) {}

  /**
   * @param onMessage is given a view that is valid during the call
   * @throws Error when the server does not take the connection
   */
  static async open(url: string, onMessage: (message: Buffer) => void): Promise<LightSocket> {
    const { hostname, port, pathname, search, host } = new URL(url);
    let light: LightSocket | undefined;
    const socket = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      onread: {
        buffer: READ_BUFFER,
        callback: size => {
          light?.read(READ_BUFFER.subarray(0, size));
          return true;
        },
      },
    });
    await once(socket, 'connect');
    const headers = [
      `Host: ${host}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    ];
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject);
      socket.on('close', () => reject(new Error(`${url}: the server closed the socket`)));
      light = new LightSocket(socket, onMessage, resolve);
      socket.write(`GET ${pathname}${search} HTTP/1.1\r\n${headers.join('\r\n')}${HEADERS_END}`);
    });
    return light as unknown as LightSocket;
  }

  /** @param message at most 125 bytes */
  send(message: Uint8Array): void {
    const { length } = message;
    if (length > 125) throw new RangeError(`A message of ${length} bytes: at most 125 are sent`);
    const frame = Buffer.allocUnsafe(6 + length);
    frame[0] = BINARY;
    frame[1] = MASKED | length;
    frame.set(MASK, 2);
    for (let i = 0; i < length; i++) frame[6 + i] = (message[i] as number) ^ (MASK[i & 3] as number);
    this.socket.write(frame);
  }

  close(): void {
    this.socket.destroy();
  }

  private read(chunk: Buffer): void {
    const bytes = this.rest === undefined ? chunk : Buffer.concat([this.rest, chunk]);
    const taken = this.upgraded ? this.takeMessages(bytes, 0) : this.takeHeaders(bytes);
    this.rest = taken === bytes.length ? undefined : Buffer.from(bytes.subarray(taken));
  }

  /** @returns the bytes that need not be kept */
  private takeHeaders(bytes: Buffer): number {
    const end = bytes.indexOf(HEADERS_END);
    if (end === -1) return 0;
    if (!bytes.subarray(0, end).toString().startsWith('HTTP/1.1 101 ')) {
      this.socket.destroy();
      return bytes.length;
    }
    this.upgraded = true;
    this.onUpgraded();
    return this.takeMessages(bytes, end + HEADERS_END.length);
  }

  private takeMessages(bytes: Buffer, from: number): number {
    let at = from;
    while (bytes.length - at >= 2) {
      const short = (bytes[at + 1] as number) & 0x7f;
      const header = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (bytes.length - at < header) break;
      const length =
        short < 126 ? short : header === 4 ? bytes.readUInt16BE(at + 2) : bytes.readUIntBE(at + 4, 6);
      const end = at + header + length;
      if (bytes.length < end) break;
      if (bytes[at] === BINARY) this.onMessage(bytes.subarray(at + header, end));
      at = end;
    }
    return at;
  }
}
