import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import { operatorLine } from '../messages';

/** Milliseconds until a port that is taken is tried again. */
const RETRY_PAUSE = 1000;
/** Errors that pass when another process ends, or when the network comes up. */
const PASSING = new Set(['EADDRINUSE', 'EADDRNOTAVAIL']);

/** The processes that share a port. */
interface Group {
  /** Why this process cannot be one of them, if it cannot. */
  readonly missing: string | undefined;
  join(): Promise<void>;
  leave(): Promise<void>;
  /** Whether another one has the port. */
  isServed(): Promise<boolean>;
}

/**
 * A server that does not hold its process, and that waits for a port that is in use. While another
 * process of its group has the port, that one publishes the metrics of all.
 */
export class Listener {
  private readonly server: Server;
  private attempt: Promise<void> | undefined;
  private retry: NodeJS.Timeout | undefined;
  /** Whether it was started, and not stopped since. */
  private isWanted = false;
  /** Whether another process of the group publishes. */
  private isServed = false;
  /** Whether a line said that the port cannot be opened. */
  private hasReported = false;

  constructor(
    private readonly host: string,
    private readonly port: number,
    private readonly endpoint: string,
    private readonly group: Group,
    listener: RequestListener,
  ) {
    this.server = createServer(listener).unref();
  }

  /** The address it listens on, if it does. */
  get address(): AddressInfo | undefined {
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address : undefined;
  }

  /** URL at which the metrics are published, by this process or by another one of its group. */
  get url(): string | undefined {
    const port = this.address?.port ?? (this.isServed ? this.port : undefined);
    return port === undefined ? undefined : `http://${authority(this.host, port)}${this.endpoint}`;
  }

  /** URL of a path on the server of this process, if it listens. */
  urlOf(path: string): string | undefined {
    const { address } = this;
    return address && `http://${authority(this.host, address.port)}${path}`;
  }

  /** Tries to listen, unless it does already. Resolves in any case. */
  start(): Promise<void> {
    this.isWanted = true;
    return this.tryAgain();
  }

  async stop(): Promise<void> {
    this.isWanted = false;
    clearTimeout(this.retry);
    await this.attempt;
    this.hasReported = false;
    this.isServed = false;
    await Promise.all([this.close(), this.group.leave()]);
  }

  private tryAgain(): Promise<void> {
    if (this.server.listening) return Promise.resolve();
    clearTimeout(this.retry);
    this.attempt ??= this.join().finally(() => {
      this.attempt = undefined;
    });
    return this.attempt;
  }

  private async join(): Promise<void> {
    await this.group.join();
    if (!this.isWanted) return;
    const error = await this.listen();
    this.isServed = error?.code === 'EADDRINUSE' && (await this.group.isServed());
    if (error === undefined) this.succeeded();
    else this.failed(error);
  }

  private listen(): Promise<NodeJS.ErrnoException | undefined> {
    return new Promise(resolve => {
      const succeeded = (): void => {
        this.server.off('error', failed);
        resolve(undefined);
      };
      const failed = (error: NodeJS.ErrnoException): void => {
        this.server.off('listening', succeeded);
        resolve(error);
      };
      this.server.once('error', failed).once('listening', succeeded);
      // Exclusive: the primary of node:cluster would give the port to all its workers, of which
      // each scrape would reach one.
      this.server.listen({ host: this.host, port: this.port, exclusive: true });
    });
  }

  private succeeded(): void {
    if (this.hasReported) operatorLine(`metrics are published now: ${this.url}`);
    this.hasReported = false;
  }

  private failed(error: NodeJS.ErrnoException): void {
    const isPassing = PASSING.has(error.code ?? '');
    if (this.isServed) this.hasReported = false;
    else if (!this.hasReported) {
      const again = isPassing ? '. It is tried again every second' : '';
      operatorLine(`metrics are not published: ${this.explain(error)}${again}`);
      this.hasReported = true;
    }
    if (isPassing && this.isWanted)
      this.retry = setTimeout(() => void this.tryAgain(), RETRY_PAUSE).unref();
  }

  private explain({ code, message }: NodeJS.ErrnoException): string {
    const address = authority(this.host, this.port);
    if (code === 'EADDRINUSE') {
      const { missing } = this.group;
      return (
        `${address} is taken by another process. ` +
        'Set OTEL_EXPORTER_PROMETHEUS_PORT, or the option port, to a free port' +
        (missing === undefined ? '' : `. The port cannot be shared: ${missing}`)
      );
    }
    if (code === 'EACCES')
      return `${address} may not be opened by this user. Choose a port above 1023`;
    return `cannot listen on ${address} (${code ?? message})`;
  }

  private close(): Promise<void> {
    if (!this.server.listening) return Promise.resolve();
    return new Promise(resolve => {
      this.server.close(() => resolve());
      // A scrape under way must not hold up the end of the process.
      this.server.closeAllConnections();
    });
  }
}

function authority(host: string, port: number): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
