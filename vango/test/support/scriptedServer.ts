import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { CLIENT_SCRIPT, MORPH_SCRIPT } from '../../src/generated/clientScript';
import {
  type ClientEvent,
  ControlType,
  decodeEvent,
  decodeFrame,
  encodeControl,
  encodeFrame,
  encodePatches,
  encodeServerHello,
  FrameType,
  type Patch,
} from '../../src/protocol';
import { bytes, hex } from '../protocol/vectors';

/** Encodes a server's hello as hexadecimal text. */
export function helloFrame(status = 0, sessionId = 's'): string {
  return hex(
    encodeFrame(
      FrameType.Handshake,
      encodeServerHello({ status, sessionId, nextSeq: 0, serverTime: 0, flags: 0 }),
    ),
  );
}

/** Serves one page and its WebSocket, and sends only the frames of the test. */
export class ScriptedServer {
  html = '';
  /** Headers of the page's response. */
  headers: Record<string, string> = {};
  loads = 0;
  readonly received: string[] = [];
  readonly hellos: string[] = [];
  readonly closes: number[] = [];
  private socket: WebSocket | undefined;
  private transport: Socket | undefined;
  private readonly http: Server;

  constructor() {
    this.http = createServer((request, response) => {
      if (request.url === '/_vango/client.js') {
        response.setHeader('content-type', 'application/javascript').end(CLIENT_SCRIPT);
      } else if (request.url === '/_vango/morph.js') {
        response.setHeader('content-type', 'application/javascript').end(MORPH_SCRIPT);
      } else if (request.url === '/favicon.ico') {
        response.writeHead(204).end();
      } else {
        this.loads++;
        const script = '<script src="/_vango/client.js" data-vango="true" defer></script>';
        response
          .writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...this.headers })
          .end(`<!DOCTYPE html><html><head>${script}</head><body>${this.html}</body></html>`);
      }
    });
    const sockets = new WebSocketServer({ server: this.http });
    sockets.on('connection', (socket, request) => {
      this.socket = socket;
      this.transport = request.socket;
      let greeted = false;
      socket.on('message', data => {
        const frame = hex(new Uint8Array(data as Buffer));
        if (greeted) this.received.push(frame);
        else this.hellos.push(frame);
        greeted = true;
      });
      socket.on('close', code => this.closes.push(code));
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>(resolve => this.http.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  send(frame: string): void {
    this.socket?.send(bytes(frame));
  }

  patch(seq: number, ...patches: Patch[]): void {
    this.send(hex(encodeFrame(FrameType.Patches, encodePatches(seq, patches))));
  }

  /** Sends patches that name the event that they answer. */
  answer(event: number, seq: number, ...patches: Patch[]): void {
    this.send(hex(encodeFrame(FrameType.Patches, encodePatches(seq, patches, event))));
  }

  redraw(html: string): void {
    this.send(
      hex(encodeFrame(FrameType.Control, encodeControl({ type: ControlType.ResyncFull, html }))),
    );
  }

  /** The events that were received. */
  get events(): ClientEvent[] {
    return this.received
      .map(frame => decodeFrame(bytes(frame)))
      .filter(({ type }) => type === FrameType.Event)
      .map(({ payload }) => decodeEvent(payload));
  }

  /** Ends the connection without a close frame. */
  drop(): void {
    this.transport?.destroy();
  }

  close(code: number): void {
    this.socket?.close(code);
  }

  async stop(): Promise<void> {
    this.http.closeAllConnections();
    await new Promise(resolve => this.http.close(resolve));
  }
}
