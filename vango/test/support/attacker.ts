import { connect, type Socket } from 'node:net';
import { encodeClientHello, encodeFrame, FrameType } from '../../src/protocol';
import { message, upgradeRequest } from './rawWebSocket';

/** A client that writes arbitrary bytes and ignores the answers. */
export class Attacker {
  /** Bytes received. */
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

  /** Opens a TCP connection. */
  static async connect(origin: string): Promise<Attacker> {
    const { port, hostname } = new URL(origin);
    const socket = connect(Number(port), hostname);
    await new Promise(resolve => socket.once('connect', resolve));
    return new Attacker(socket);
  }

  /** Opens a WebSocket without a hello. */
  static async upgrade(url: string): Promise<Attacker> {
    const attacker = await Attacker.connect(url);
    attacker.socket.write(upgradeRequest(new URL(url)));
    await new Promise(resolve => attacker.socket.once('data', resolve));
    return attacker;
  }

  /** Opens a WebSocket with a session. */
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
