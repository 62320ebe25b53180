import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A network with latency. */
export class SlowNetwork {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  /**
   * @param up - Milliseconds from the browser to the server.
   * @param down - Milliseconds from the server to the browser.
   */
  constructor(port: number, up: number, down = up) {
    this.server = createServer(inbound => {
      const outbound = connect(port, '127.0.0.1');
      for (const [from, to, delay] of [
        [inbound, outbound, up],
        [outbound, inbound, down],
      ] as const) {
        this.sockets.add(from.setNoDelay());
        from.on('data', chunk => setTimeout(() => to.write(chunk), delay));
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
