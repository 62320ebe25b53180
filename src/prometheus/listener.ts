import cluster from 'node:cluster';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import { operatorLine } from '../messages';

/** Milliseconds until a port that is taken is tried again. */
const RETRY_PAUSE = 1000;
/** Errors that pass when another process ends, or when the network comes up. */
const PASSING = new Set(['EADDRINUSE', 'EADDRNOTAVAIL']);

/** A server that does not hold its process, and that waits for a port that is in use. */
export class Listener {
  private readonly server: Server;
  private attempt: Promise<void> | undefined;
  private retry: NodeJS.Timeout | undefined;
  /** Whether a line said that the port cannot be opened. */
  private hasReported = false;

  constructor(
    private readonly host: string,
    private readonly port: number,
    private readonly endpoint: string,
    listener: RequestListener,
  ) {
    this.server = createServer(listener).unref();
  }

  /** The address it listens on, if it does. */
  get address(): AddressInfo | undefined {
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address : undefined;
  }

  get url(): string | undefined {
    const host = isIPv6(this.host) ? `[${this.host}]` : this.host;
    return this.address && `http://${host}:${this.address.port}${this.endpoint}`;
  }

  /** Tries to listen, unless it does already. Resolves in any case. */
  start(): Promise<void> {
    if (this.server.listening) return Promise.resolve();
    clearTimeout(this.retry);
    this.attempt ??= this.listen().finally(() => {
      this.attempt = undefined;
    });
    return this.attempt;
  }

  stop(): Promise<void> {
    clearTimeout(this.retry);
    this.hasReported = false;
    if (!this.server.listening) return Promise.resolve();
    return new Promise(resolve => {
      this.server.close(() => resolve());
      // A scrape under way must not hold up the end of the process.
      this.server.closeAllConnections();
    });
  }

  private listen(): Promise<void> {
    return new Promise(resolve => {
      const failed = (error: NodeJS.ErrnoException): void => {
        this.server.off('listening', succeeded);
        this.failed(error);
        resolve();
      };
      const succeeded = (): void => {
        this.server.off('error', failed);
        this.succeeded();
        resolve();
      };
      this.server.once('error', failed).once('listening', succeeded);
      this.server.listen({ host: this.host, port: this.port, exclusive: !cluster.isWorker });
    });
  }

  private succeeded(): void {
    if (cluster.isWorker) {
      operatorLine(
        'metrics: in a cluster each scrape reaches one worker only. ' +
          'Give each worker a port of its own (OTEL_EXPORTER_PROMETHEUS_PORT), or export by OTLP',
      );
    }
    if (this.hasReported) operatorLine(`metrics are published now: ${this.url}`);
    this.hasReported = false;
  }

  private failed(error: NodeJS.ErrnoException): void {
    const isPassing = PASSING.has(error.code ?? '');
    if (!this.hasReported) {
      const again = isPassing ? '. It is tried again every second' : '';
      operatorLine(`metrics are not published: ${explain(error, this.host, this.port)}${again}`);
    }
    this.hasReported = true;
    if (isPassing) this.retry = setTimeout(() => void this.start(), RETRY_PAUSE).unref();
  }
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): string {
  if (error.code === 'EADDRINUSE') {
    return (
      `${host}:${port} is taken by another process. ` +
      'Set OTEL_EXPORTER_PROMETHEUS_PORT, or the option port, to a free port'
    );
  }
  if (error.code === 'EACCES')
    return `${host}:${port} may not be opened by this user. Choose a port above 1023`;
  return `cannot listen on ${host}:${port} (${error.code ?? error.message})`;
}
