import { connect, type Socket } from 'node:net';
import { encodeClientHello, encodeFrame, FrameType } from '../../src/protocol';

/** A client that writes bytes as it likes and does not look at what comes back. */
export class Attacker {
  /** Bytes that came back. */
  received = 0;
  isClosed = false;

  private constructor(readonly socket: Socket) {
    socket.on('data', data => {
      this.received += data.length;
    });
    socket.on('close', () => {
      this.isClosed = true;
    });
    socket.on('error', () => {});
  }

  /** A TCP connection. */
  static async connect(origin: string): Promise<Attacker> {
    const { port, hostname } = new URL(origin);
    const socket = connect(Number(port), hostname);
    await new Promise(resolve => socket.once('connect', resolve));
    return new Attacker(socket);
  }

  /** A WebSocket, before its hello. */
  static async upgrade(url: string): Promise<Attacker> {
    const attacker = await Attacker.connect(url);
    const { pathname, search, host } = new URL(url);
    attacker.socket.write(
      `GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    await new Promise(resolve => attacker.socket.once('data', resolve));
    return attacker;
  }

  /** A WebSocket with a session. */
  static async greet(url: string): Promise<Attacker> {
    const attacker = await Attacker.upgrade(url);
    const hello = encodeClientHello({
      ...{ major: 2, minor: 0, csrf: '', sessionId: '', lastSeq: 0 },
      ...{ viewportWidth: 1, viewportHeight: 1, timezoneOffset: 0 },
    });
    attacker.socket.write(message(encodeFrame(FrameType.Handshake, hello)));
    await new Promise(resolve => attacker.socket.once('data', resolve));
    return attacker;
  }

  close(): void {
    this.socket.destroy();
  }
}

/** A binary message as a client must send it: masked, here with zeros. */
export function message(payload: Uint8Array): Buffer {
  const { length } = payload;
  const head = length < 126 ? [0x82, 0x80 | length] : [0x82, 0xfe, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]);
}
