import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A network between a browser and a server that a test can interrupt. */
export class Network {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private isOffline = false;
  /** Both sockets of each connection that became a WebSocket. */
  private readonly upgraded = new Set<Socket>();
  private readonly stranded = new WeakSet<Socket>();

  /** @param port - The port of the server; can be changed after a restart. */
  constructor(public port: number) {
    this.server = createServer(inbound => {
      if (this.isOffline) {
        inbound.destroy();
        return;
      }
      const outbound = connect(this.port, '127.0.0.1');
      for (const [from, to] of [
        [inbound, outbound],
        [outbound, inbound],
      ] as const) {
        this.sockets.add(from);
        from.on('data', data => {
          if (from === inbound && data.includes('Upgrade: websocket'))
            this.upgraded.add(inbound).add(outbound);
          if (!this.stranded.has(from)) to.write(data);
        });
        from.on('end', () => {
          if (!this.stranded.has(from)) to.end();
        });
        from.on('error', () => {});
        from.on('close', () => {
          this.sockets.delete(from);
          this.upgraded.delete(from);
          if (!this.stranded.has(from)) to.destroy();
        });
      }
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>(resolve => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Makes all open WebSockets drop their data silently, without closing them. */
  strand(): void {
    for (const socket of this.upgraded) this.stranded.add(socket);
  }

  /** Closes all connections; new ones can be opened at once. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Closes all connections, and refuses new ones until it is online again. */
  set offline(offline: boolean) {
    this.isOffline = offline;
    if (offline) this.cut();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise(resolve => this.server.close(resolve));
  }
}
