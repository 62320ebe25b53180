import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A network with latency. */
export class SlowNetwork {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  /** @param roundTrip - The round-trip time in milliseconds. */
  constructor(port: number, roundTrip: number) {
    this.server = createServer(inbound => {
      const outbound = connect(port, '127.0.0.1');
      for (const [from, to] of [
        [inbound, outbound],
        [outbound, inbound],
      ] as const) {
        this.sockets.add(from);
        from.on('data', chunk => setTimeout(() => to.write(chunk), roundTrip / 2));
        from.on('error', () => {});
        from.on('close', () => {
          this.sockets.delete(from);
          to.destroy();
        });
      }
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>(resolve => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise(resolve => this.server.close(resolve));
  }
}
