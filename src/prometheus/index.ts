import cluster from 'node:cluster';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { check } from '../config';
import { joinFamilies } from './families';

/** Options of `VangoPrometheusExporter`. */
export interface VangoPrometheusExporterConfig {
  /** Address to listen on. Default: `localhost`. */
  host?: string;
  /** Port to listen on, 0 to 65535; 0 takes a free one. Default: 9464. */
  port?: number;
  /** Path of the metrics. Default: `/metrics`. */
  endpoint?: string;
  /** Whether to leave listening to a later `startServer()`. Default: false. */
  preventServerStart?: boolean;
}

const CHECKS = {
  host: (value: unknown) =>
    typeof value === 'string' && value !== '' ? undefined : 'a host name or address',
  port: (value: unknown) =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535
      ? undefined
      : 'a whole number from 0 to 65535',
  endpoint: (value: unknown) =>
    typeof value === 'string' && value.startsWith('/') ? undefined : 'a path that starts with "/"',
  preventServerStart: (value: unknown) => (typeof value === 'boolean' ? undefined : 'true or false'),
};

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Publishes all metrics of a process for Prometheus, under their exact names and without labels of the instrumentation scope. A port that is taken
 * is told on the console; the application goes on without.
 */
export class VangoPrometheusExporter extends PrometheusExporter {
  private readonly host: string;
  private readonly port: number;
  private readonly endpoint: string;
  private readonly server: Server;
  private starting: Promise<void> | undefined;

  /** @throws TypeError that names the option at fault, its value and what to give instead */
  constructor(config: VangoPrometheusExporterConfig = {}) {
    check('VangoPrometheusExporter', config, CHECKS);
    // The exporter's own server cannot listen on a free port and is silent about one that is taken.
    super({ preventServerStart: true, withoutScopeInfo: true });
    this.host = config.host ?? 'localhost';
    this.port = config.port ?? 9464;
    this.endpoint = config.endpoint ?? '/metrics';
    this.server = createServer((request, response) => {
      const path = request.url?.split('?', 1)[0];
      if (path !== this.endpoint) {
        response.writeHead(404).end();
        return;
      }
      // The stock handler sets a type without version and charset.
      const { setHeader } = response;
      response.setHeader = (name, value) =>
        setHeader.call(response, name, name.toLowerCase() === 'content-type' ? CONTENT_TYPE : value);
      this.getMetricsRequestHandler(request, response);
    }).unref();
    if (config.preventServerStart !== true) void this.startServer();
  }

  /** Where it listens, once it does. */
  get address(): AddressInfo | undefined {
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address : undefined;
  }

  /** Address of the metrics, once it listens. */
  get url(): string | undefined {
    return this.address === undefined
      ? undefined
      : `http://${this.host}:${this.address.port}${this.endpoint}`;
  }

  /** Starts to listen. Resolves in any case: a port that cannot be had is told on the console. */
  override startServer(): Promise<void> {
    this.starting ??= this.listen();
    return this.starting;
  }

  override stopServer(): Promise<void> {
    if (!this.server.listening) return Promise.resolve();
    return new Promise(resolve => {
      this.server.close(() => resolve());
      // A scrape under way must not hold up the end of the process.
      this.server.closeAllConnections();
    });
  }

  override async collect(options?: Parameters<PrometheusExporter['collect']>[0]): Promise<CollectionResult> {
    const { resourceMetrics, errors } = await super.collect(options);
    return { resourceMetrics: joinFamilies(resourceMetrics), errors };
  }

  private listen(): Promise<void> {
    if (cluster.isWorker) {
      console.warn(
        '[vango] metrics: in a cluster each scrape reaches one worker only. ' +
          'Give each worker a port of its own (OTEL_EXPORTER_PROMETHEUS_PORT), or export by OTLP',
      );
    }
    return new Promise(resolve => {
      this.server.once('error', (error: NodeJS.ErrnoException) => {
        console.warn(`[vango] metrics are not published: ${explain(error, this.host, this.port)}`);
        resolve();
      });
      this.server.listen({ host: this.host, port: this.port, exclusive: !cluster.isWorker }, () => resolve());
    });
  }
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): string {
  if (error.code === 'EADDRINUSE') {
    return `${host}:${port} is taken by another process. Set OTEL_EXPORTER_PROMETHEUS_PORT, or the option port, to a free port`;
  }
  if (error.code === 'EACCES')
    return `${host}:${port} may not be opened by this user. Choose a port above 1023`;
  return `cannot listen on ${host}:${port} (${error.code ?? error.message})`;
}
