import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { check } from '../config';
import { failureCounts } from '../failures';
import { diagnose, operatorLine } from '../messages';
import { joinFamilies } from './families';
import { Listener } from './listener';

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
  preventServerStart: (value: unknown) =>
    typeof value === 'boolean' ? undefined : 'true or false',
};

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
/** Conflicts reported at most: labels may cause ever new ones. */
const MAX_CONFLICTS = 20;
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);
/** Milliseconds that a scrape waits for observable instruments; Prometheus waits for 10 s. */
const COLLECT_LIMIT = 5000;

/**
 * Publishes all metrics of a process for Prometheus, under their exact names and without labels of
 * the instrumentation scope. A port that is taken becomes a line on standard error and is tried
 * again; the application runs on.
 */
export class VangoPrometheusExporter extends PrometheusExporter {
  private readonly listener: Listener;
  private readonly serializer = new PrometheusSerializer('', false, undefined, false, true);
  /** Conflicts of names that were reported. */
  private readonly conflicts = new Set<string>();

  /** @throws TypeError that names the option at fault, its value and the remedy */
  constructor(config: VangoPrometheusExporterConfig = {}) {
    check('VangoPrometheusExporter', config, CHECKS);
    // The server of the base class cannot take port 0, and does not report a port that is in use.
    super({ preventServerStart: true, withoutScopeInfo: true });
    const { host = 'localhost', port = 9464, endpoint = '/metrics' } = config;
    this.listener = new Listener(host, port, endpoint, (request, response) => {
      const path = pathOf(request.url ?? '');
      if (path === endpoint) this.getMetricsRequestHandler(request, response);
      else answer(response, path === undefined ? 400 : 404, '');
    });
    if (config.preventServerStart !== true) void this.startServer();
  }

  /** The address it listens on, if it does. */
  get address(): AddressInfo | undefined {
    return this.listener.address;
  }

  /** URL of the metrics, if it listens. */
  get url(): string | undefined {
    return this.listener.url;
  }

  /**
   * Starts to listen, unless it does already. Resolves in any case: a port that cannot be opened
   * becomes a line on standard error. A port that another process uses is tried again every second,
   * until `stopServer()`.
   */
  override startServer(): Promise<void> {
    return this.listener.start();
  }

  override stopServer(): Promise<void> {
    return this.listener.stop();
  }

  /** Answers a GET or HEAD request of a server of your own with all metrics, for any path. */
  override getMetricsRequestHandler(request: IncomingMessage, response: ServerResponse): void {
    const { method } = request;
    if (method !== undefined && !METHODS.has(method)) {
      response.setHeader('allow', [...METHODS].join(', '));
      answer(response, 405, '');
      return;
    }
    this.text().then(
      text => answer(response, 200, text),
      error => {
        failureCounts().exporter++;
        answer(response, 500, `the metrics could not be collected: ${error}`);
      },
    );
  }

  override async collect(
    options?: Parameters<PrometheusExporter['collect']>[0],
  ): Promise<CollectionResult> {
    const { resourceMetrics, errors } = await super.collect(options);
    const { resource } = resourceMetrics;
    // Attributes of the resource may come late, but a scrape does not wait for ever.
    if (resource.asyncAttributesPending)
      await Promise.race([
        resource.waitForAsyncAttributes?.(),
        delay(COLLECT_LIMIT, undefined, { ref: false }),
      ]);
    return { resourceMetrics: joinFamilies(resourceMetrics, this.report), errors };
  }

  private async text(): Promise<string> {
    const { resourceMetrics, errors } = await this.collect({ timeoutMillis: COLLECT_LIMIT });
    if (errors.length > 0) {
      failureCounts().exporter++;
      diagnose('error', 'metrics could not be collected:', ...errors);
    }
    return this.serializer.serialize(resourceMetrics);
  }

  private readonly report = (conflict: string): void => {
    if (this.conflicts.has(conflict) || this.conflicts.size >= MAX_CONFLICTS) return;
    this.conflicts.add(conflict);
    operatorLine(`metrics: ${conflict}`);
  };
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('content-type', CONTENT_TYPE);
  response.end(text);
}

/** The path of a request target in origin or absolute form; undefined for any other text. */
function pathOf(target: string): string | undefined {
  if (target.startsWith('/')) return target.split('?', 1)[0];
  return URL.canParse(target) ? new URL(target).pathname : undefined;
}
