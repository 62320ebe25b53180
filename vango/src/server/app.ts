import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, BlockList } from 'node:net';
import type { Duplex } from 'node:stream';
import { announceApp } from '../announce';
import { answerTo, UNKNOWN_FAILURE } from '../errors';
import type { Logger } from '../logger';
import type { MaybePromise } from '../maybePromise';
import { guardMetrics, NOOP_METRICS, type RuntimeMetrics } from '../metrics';
import type { WriteViolationPolicy } from '../reactive/scope';
import { inTurn } from '../reactive/turn';
import { Router } from '../routing';
import { SessionManager } from '../session/manager';
import type { UnitOfWork } from '../session/unitOfWork';
import { Persistence } from '../stores/persistence';
import { type ConnectUnit, connect } from './connect';
import { proxyList } from './forwarded';
import { Gate } from './gate';
import { LiveEndpoint } from './liveEndpoint';
import { type AppOptions, type Limits, type ResolvedOptions, resolveOptions } from './options';
import { type PageUnit, renderPage, servePage } from './pageRequests';
import { RenderTokens } from './renderTokens';
import type { ServerHost } from './serverHost';

/** Milliseconds that a client has for its headers and for its whole request. */
const HTTP_TIMEOUTS = {
  headersTimeout: 5000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1000,
};

const running = new Set<App>();

/** A Vango application: its routes, its sessions, and its server. */
export class App extends Router implements ServerHost {
  readonly sessions: SessionManager;
  readonly renderTokens: RenderTokens;
  metrics: RuntimeMetrics = NOOP_METRICS;
  readonly options: ResolvedOptions;
  readonly proxies: BlockList;
  readonly gate: Gate;
  /** Undefined for apps without a store. */
  readonly persistence: Persistence | undefined;
  private readonly live: LiveEndpoint;
  private server: Server | undefined;

  /** @throws TypeError or RangeError that names the option at fault */
  constructor(options?: AppOptions) {
    announceApp();
    super();
    this.options = resolveOptions(options);
    const { trustedProxies, allowedHosts, allowedOrigins, logger } = this.options;
    this.proxies = proxyList(trustedProxies);
    this.renderTokens = new RenderTokens(this.options.csrfSecret);
    this.gate = new Gate(this.proxies, allowedHosts, allowedOrigins, logger);
    this.sessions = new SessionManager(this);
    const { persist } = this.options;
    this.persistence = persist === undefined ? undefined : new Persistence(this, persist);
    this.live = new LiveEndpoint(this);
  }

  /** Instrumentation surface: the apps that are open now. */
  static running(): Iterable<App> {
    return running;
  }

  get title(): string {
    return this.options.title;
  }

  get lang(): string {
    return this.options.lang;
  }

  get limits(): Readonly<Limits> {
    return this.options.limits;
  }

  get logger(): Logger {
    return this.options.logger;
  }

  get writeViolations(): WriteViolationPolicy {
    return this.options.writeViolations;
  }

  /**
   * Sets where the runtime reports its metrics, instead of what was set before. What a method
   * throws is logged.
   *
   * @throws TypeError when a method is missing
   */
  setMetrics(metrics: RuntimeMetrics): void {
    for (const name of Object.keys(NOOP_METRICS) as Array<keyof RuntimeMetrics>) {
      if (typeof metrics?.[name] === 'function') continue;
      throw new TypeError(
        `setMetrics(): ${name} is missing; implement all of RuntimeMetrics, or spread NOOP_METRICS`,
      );
    }
    this.metrics = guardMetrics(metrics, (method, error) =>
      this.logger.error(
        `${method}() of the metrics threw; further failures of it are not logged`,
        error,
      ),
    );
  }

  /**
   * Serves the app on an HTTP server of its own.
   *
   * @param port - 0 to 65535; 0 takes a free one
   * @returns the address it listens on; rejects when the port cannot be opened
   */
  async listen(port = 8080, host?: string): Promise<AddressInfo> {
    const server = createServer(HTTP_TIMEOUTS);
    this.serve(server);
    this.server = server;
    try {
      await this.persistence?.start();
    } catch (error) {
      await this.close();
      throw error;
    }
    await new Promise<void>((resolve, reject) => {
      const fail = (error: NodeJS.ErrnoException): void => reject(explain(error, port, host));
      server.once('error', fail);
      server.listen(port, host, () => {
        server.off('error', fail);
        server.on('error', error =>
          this.logger.error('The server cannot take a connection', error),
        );
        resolve();
      });
    });
    return server.address() as AddressInfo;
  }

  /**
   * Serves the app on an existing server: all its requests, and the upgrades of the live endpoint.
   */
  serve(server: Server): void {
    server.on('request', (request, response) => this.handle(request, response));
    server.on('upgrade', (request, socket, head) => {
      if (!this.upgrade(request, socket, head)) socket.destroy();
    });
    this.open();
  }

  /**
   * Accepts that stored sessions lose what this code no longer understands. Call it before
   * `listen()`.
   */
  acknowledgeColdDeploy(): void {
    this.persistence?.acknowledge();
  }

  /** Answers an HTTP request. Never throws. */
  handle(request: IncomingMessage, response: ServerResponse): void {
    void servePage(this, request, response);
  }

  /**
   * Answers an upgrade request. Returns false, and leaves the socket alone, when the request is not
   * for the live endpoint. Never throws.
   */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    return this.live.upgrade(request, socket, head);
  }

  /** Instrumentation surface: the app begins to serve. Called by `serve()` and `listen()`. */
  open(): void {
    running.add(this);
    this.sessions.start();
  }

  /**
   * Instrumentation surface: the app ends. Its sockets are dropped, so that browsers reconnect to
   * the next process.
   */
  async close(): Promise<void> {
    await this.persistence?.stop();
    this.sessions.stop();
    running.delete(this);
    const { server } = this;
    if (server === undefined) return;
    this.server = undefined;
    const closed = new Promise<void>(resolve => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  /**
   * Instrumentation surface: one page render, through middleware to the body in `unit.response`. A
   * failure is left in `unit.error`.
   */
  renderPage(unit: PageUnit): MaybePromise<void> {
    return inTurn(unit, renderPage, this, unit);
  }

  /**
   * Instrumentation surface: one hello, to the hello of the server. Never rejects; see
   * `unit.handshake.status` and `unit.error`.
   */
  connect(unit: ConnectUnit): Promise<void> {
    return connect(unit);
  }

  /**
   * Answers a unit of work that failed. Browsers get the messages of the runtime's own errors only.
   */
  answerFailure({ error, kind, route, response, event, session }: UnitOfWork): void {
    const answer = answerTo(error);
    if (answer === UNKNOWN_FAILURE) this.logger.error(`${kind} on ${route} failed`, error);
    if (response !== undefined) response.status = answer.status;
    else if (event !== undefined) session?.sendError(answer.code, answer.message);
  }

  sessionDetached(): void {
    this.sessions.limitDetached();
  }
}

function explain(error: NodeJS.ErrnoException, port: number, host = 'this machine'): Error {
  if (error.code !== 'EADDRINUSE') return error;
  const message = `Port ${port} of ${host} is taken; choose another one, or 0 for any that is free`;
  return Object.assign(new Error(message, { cause: error }), { code: error.code });
}

/**
 * Creates an app. Register pages and middleware on it, then call `listen()`.
 *
 * @throws TypeError or RangeError that names the option at fault
 */
export function createApp(options?: AppOptions): App {
  return new App(options);
}
