import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A payment service that takes all money, and time. */
export class Payments {
  private readonly server = createServer((request, response) => {
    request.resume();
    setTimeout(() => response.end(), this.milliseconds);
  });

  constructor(private readonly milliseconds: number) {}

  async start(): Promise<string> {
    await new Promise<void>(resolve => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
