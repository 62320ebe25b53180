import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { RuntimeMetrics } from '../metrics';
import { ClientSocket } from './clientSocket';
import { RequestRefusedError } from './gate';
import type { ServerHost } from './serverHost';
import { WebSocketConnection } from './webSocketConnection';

const REFUSAL_HEADERS = 'Connection: close\r\nContent-Length: 0\r\nSec-WebSocket-Version: 13\r\n';

const ENDPOINTS = new Set(['/_vango/live', '/_vango/ws']);

/** The WebSocket endpoint: turns upgrade requests into sockets of clients. */
export class LiveEndpoint {
  private readonly sockets: WebSocketServer;

  constructor(private readonly app: ServerHost) {
    this.sockets = new WebSocketServer({
      noServer: true,
      maxPayload: app.limits.messageSize,
      perMessageDeflate: false,
      // One message per turn of the event loop: a socket that sends many keeps no other waiting.
      allowSynchronousEvents: false,
    });
    this.sockets.on('wsClientError', (_, socket) => this.refuse(socket, 400));
  }

  /**
   * Answers an upgrade request for the endpoint. Returns false when it is for another path. Never
   * throws.
   */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const { gate } = this.app;
    try {
      const { path, search } = gate.read(request);
      if (!ENDPOINTS.has(path)) return false;
      gate.checkHost(request);
      gate.checkOrigin(request);
      const query = new URLSearchParams(search);
      this.sockets.handleUpgrade(request, socket, head, webSocket =>
        this.accept(webSocket, request, query),
      );
    } catch (error) {
      if (!(error instanceof RequestRefusedError))
        this.app.logger.error('An upgrade request failed', error);
      this.refuse(socket, error instanceof RequestRefusedError ? error.status : 500);
    }
    return true;
  }

  private accept(socket: WebSocket, request: IncomingMessage, query: URLSearchParams): void {
    const client = new ClientSocket(this.app, { request, query });
    const { limits } = this.app;
    const metrics = (): RuntimeMetrics => this.app.metrics;
    client.connection = new WebSocketConnection(socket, metrics, limits, client);
  }

  private refuse(socket: Duplex, status: number): void {
    this.app.metrics.recordWebSocketError('upgrade');
    // The client may be gone already, which then does not matter.
    socket.on('error', () => {});
    socket.once('finish', () => socket.destroy());
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${REFUSAL_HEADERS}\r\n`);
  }
}
