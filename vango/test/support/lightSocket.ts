import { connect, type Socket } from 'node:net';
import { message, upgradeRequest } from './rawWebSocket';

const HEADERS_END = '\r\n\r\n';
const BINARY = 0x82;
/** One buffer for all sockets, because each read is finished before the next one starts. */
const READ_BUFFER = Buffer.alloc(65_536);

/**
 * A minimal WebSocket client for load tests.
 *
 * It supports binary messages without extensions. A complete client would cost as much as the
 * server that is measured.
 */
export class LightSocket {
  private readonly socket: Socket;
  private upgraded: (() => void) | undefined;
  /** The start of an incomplete message. */
  private rest: Buffer | undefined;

  private constructor(
    url: URL,
    private readonly onMessage: (message: Buffer) => void,
  ) {
    this.socket = connect({
      host: url.hostname,
      port: Number(url.port),
      noDelay: true,
      onread: { buffer: READ_BUFFER, callback: size => this.read(READ_BUFFER.subarray(0, size)) },
    });
    this.socket.write(upgradeRequest(url));
  }

  /**
   * @param onMessage - Receives each message, as a view that is valid during the call only.
   * @throws Error if the server refuses the connection.
   */
  static open(url: string, onMessage: (message: Buffer) => void): Promise<LightSocket> {
    const light = new LightSocket(new URL(url), onMessage);
    return new Promise((resolve, reject) => {
      light.upgraded = () => resolve(light);
      light.socket.on('error', reject);
      light.socket.on('close', () => reject(new Error(`${url}: the server closed the socket`)));
    });
  }

  send(payload: Uint8Array): void {
    this.socket.write(message(payload));
  }

  close(): void {
    this.socket.destroy();
  }

  private read(chunk: Buffer): true {
    const bytes = this.rest === undefined ? chunk : Buffer.concat([this.rest, chunk]);
    const taken =
      this.upgraded === undefined ? this.takeMessages(bytes, 0) : this.takeHeaders(bytes);
    this.rest = taken === bytes.length ? undefined : Buffer.from(bytes.subarray(taken));
    return true;
  }

  /** @returns The number of bytes that were consumed. */
  private takeHeaders(bytes: Buffer): number {
    const end = bytes.indexOf(HEADERS_END);
    if (end === -1) return 0;
    if (!bytes.subarray(0, end).toString().startsWith('HTTP/1.1 101 ')) {
      this.socket.destroy();
      return bytes.length;
    }
    this.upgraded?.();
    this.upgraded = undefined;
    return this.takeMessages(bytes, end + HEADERS_END.length);
  }

  private takeMessages(bytes: Buffer, from: number): number {
    let at = from;
    while (bytes.length - at >= 2) {
      const short = (bytes[at + 1] as number) & 0x7f;
      const header = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (bytes.length - at < header) break;
      const length =
        short < 126
          ? short
          : header === 4
            ? bytes.readUInt16BE(at + 2)
            : bytes.readUIntBE(at + 4, 6);
      const end = at + header + length;
      if (bytes.length < end) break;
      if (bytes[at] === BINARY) this.onMessage(bytes.subarray(at + header, end));
      at = end;
    }
    return at;
  }
}
