import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { check } from '../config';
import { MIN_TOKEN_LENGTH } from '../environment';
import { failureCounts } from '../failures';
import type { LiveView } from '../live/liveView';
import { diagnose, operatorLine, reportFailure } from '../messages';
import { processState } from '../processState';
import { Conflicts } from './conflicts';
import { Listener } from './listener';
import { CONTENT_TYPES, type Encoding, encodingFor, type Format, formatFor } from './negotiate';
import { ProcessGroup } from './processes/processGroup';
import { hasLeft, send } from './send';
import { inSlices } from './slices';
import { MetricsWriter } from './writer';

export { LiveViewSpanProcessor } from '../live/spanProcessor';
export type { FinishedSpan } from '../live/waterfalls';

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
  /**
   * Whether the port has the live view. `{ token }` sets a token of 16 characters or more, without
   * which the view is not open to other machines. Default: false.
   */
  liveView?: boolean | { readonly token: string };
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
  liveView: (value: unknown) =>
    typeof value === 'boolean' || (tokenOf(value)?.length ?? 0) >= MIN_TOKEN_LENGTH
      ? undefined
      : `true, false, or { token } with a text of at least ${MIN_TOKEN_LENGTH} characters`,
};

/** The metrics in a format, in pieces. */
type Expose = (format: Format) => Promise<Iterable<string>>;

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);
/** Milliseconds that a scrape waits for observable instruments; Prometheus waits for 10 s. */
const COLLECT_LIMIT = 5000;

/** Scrapes answered at once. Each holds what was collected for it until its reader has it. */
const MAX_SCRAPES = 16;

/**
 * Publishes all metrics of a process for Prometheus, under their exact names and without labels of
 * the instrumentation scope, as text 0.0.4 or OpenMetrics 1.0, whichever a scrape asks for. A port
 * that is taken becomes a line on standard error and is tried again; the application runs on.
 */
export class VangoPrometheusExporter extends PrometheusExporter {
  private readonly listener: Listener;
  private readonly group: ProcessGroup;
  private readonly conflicts = new Conflicts();
  private readonly writer = new MetricsWriter(this.conflicts.report, metric =>
    processState().recorder?.exemplarsOf(metric),
  );
  /** Scrapes that are being answered. */
  private scrapes = 0;
  private collection: Promise<CollectionResult> | undefined;
  private readonly liveView: LiveView | undefined;

  /** @throws TypeError that names the option at fault, its value and the remedy */
  constructor(config: VangoPrometheusExporterConfig = {}) {
    check('VangoPrometheusExporter', config, CHECKS);
    // The server of the base class cannot take port 0, and does not report a port that is in use.
    super({ preventServerStart: true, withoutScopeInfo: true });
    const { host = 'localhost', port = 9464, endpoint = '/metrics' } = config;
    this.group = new ProcessGroup({
      host,
      port,
      isServing: () => this.listener.address !== undefined,
      expose: (format, limit) => this.expose(format, limit),
      report: this.conflicts.report,
      answer: question => this.liveView?.answer(question),
    });
    this.listener = new Listener(host, port, endpoint, this.group, (request, response) => {
      const path = pathOf(request.url ?? '');
      if (path === endpoint) this.respond(request, response, format => this.group.expose(format));
      else if (path === undefined) answer(response, 400, '');
      else if (this.liveView?.handle(request, response, path) !== true) answer(response, 404, '');
    });
    if (config.liveView !== undefined && config.liveView !== false)
      this.liveView = this.openLiveView(host, tokenOf(config.liveView));
    if (config.preventServerStart !== true) void this.startServer().then(() => this.announce());
  }

  private openLiveView(host: string, token: string | undefined): LiveView {
    // Where it is asked for: it is not needed in production.
    const { LiveFeed } = require('../live/feed') as typeof import('../live/feed');
    const live = require('../live/liveView') as typeof import('../live/liveView');
    const state = processState();
    state.live ??= new LiveFeed();
    const { listener, group } = this;
    const liveHost = {
      host,
      get address() {
        return listener.address;
      },
      get slot() {
        return group.slot;
      },
      askOthers: (question: string) => group.askOthers(question),
    };
    return new live.LiveView(liveHost, state.live, token);
  }

  private announce(): void {
    if (this.liveViewUrl !== undefined) operatorLine(`live view: ${this.liveViewUrl}`);
  }

  /** The address it listens on, if it does. */
  get address(): AddressInfo | undefined {
    return this.listener.address;
  }

  /** URL of the metrics, if this process or another one that shares its port listens. */
  get url(): string | undefined {
    return this.listener.url;
  }

  /**
   * URL of the live view with the token that opens it, if this process publishes it. The exporter
   * writes it to standard error, unless you start the server yourself. Keep it to yourself.
   */
  get liveViewUrl(): string | undefined {
    const { liveView, listener } = this;
    return liveView === undefined || liveView.obstacle !== undefined
      ? undefined
      : listener.urlOf(liveView.path);
  }

  /**
   * Number of this process among those that share the port, from 0. It is the label `process` of
   * its series while there are several. Undefined until it listens, and where no port is shared.
   */
  get slot(): number | undefined {
    return this.group.slot;
  }

  /**
   * Starts to listen, unless it does already. Resolves in any case: a port that cannot be opened
   * becomes a line on standard error. A port that another process uses is tried again every second,
   * until `stopServer()`. If that process has an exporter of this class, and is of the same user,
   * it publishes the metrics of both.
   */
  override async startServer(): Promise<void> {
    await this.listener.start();
    const { liveView } = this;
    if (liveView === undefined) return;
    if (this.listener.address === undefined) await liveView.agree();
    else if (liveView.obstacle !== undefined) operatorLine(liveView.obstacle);
  }

  override stopServer(): Promise<void> {
    return this.listener.stop();
  }

  /**
   * Answers a GET or HEAD request of a server of your own with all metrics of this process, for any
   * path, in the format and the encoding that it asks for. Writes them in short slices, no faster
   * than the client reads.
   */
  override getMetricsRequestHandler(request: IncomingMessage, response: ServerResponse): void {
    this.respond(request, response, format => this.expose(format));
  }

  private respond(request: IncomingMessage, response: ServerResponse, expose: Expose): void {
    const { method = 'GET', headers } = request;
    const format = formatFor(headers.accept);
    const encoding = encodingFor(headers['accept-encoding']?.toString());
    response.setHeader('vary', 'Accept, Accept-Encoding');
    if (!METHODS.has(method)) {
      response.setHeader('allow', [...METHODS].join(', '));
      answer(response, 405, '');
    } else if (format === undefined || encoding === undefined) {
      answer(response, 406, `available: ${Object.values(CONTENT_TYPES).join(' and ')}, or gzip\n`);
    } else if (this.scrapes >= MAX_SCRAPES) {
      response.setHeader('retry-after', '1');
      answer(response, 503, `${MAX_SCRAPES} scrapes are under way\n`);
    } else if (method === 'HEAD') {
      setContentHeaders(response, format, encoding);
      response.end();
    } else {
      void this.scrape(response, encoding, format, expose);
    }
  }

  override async collect(
    options?: Parameters<PrometheusExporter['collect']>[0],
  ): Promise<CollectionResult> {
    const result = await super.collect(options);
    const { resource } = result.resourceMetrics;
    // Attributes of the resource may come late, but a scrape does not wait for ever.
    if (resource.asyncAttributesPending)
      await Promise.race([
        resource.waitForAsyncAttributes?.(),
        delay(COLLECT_LIMIT, undefined, { ref: false }),
      ]);
    return result;
  }

  private async scrape(
    response: ServerResponse,
    encoding: Encoding,
    format: Format,
    expose: Expose,
  ): Promise<void> {
    this.scrapes++;
    try {
      const pieces = await expose(format);
      setContentHeaders(response, format, encoding);
      await send(response, inSlices(pieces), encoding);
    } catch (error) {
      if (hasLeft(error)) return;
      reportFailure('exporter', 'a scrape', error);
      if (response.destroyed) return;
      response.removeHeader('content-encoding');
      answer(response, 500, `the metrics could not be collected: ${error}\n`);
    } finally {
      this.scrapes--;
    }
  }

  /** The metrics of this process alone. */
  private async expose(format: Format, limit = COLLECT_LIMIT): Promise<Iterable<string>> {
    const { resourceMetrics, errors } = await this.collectOnce(limit);
    if (errors.length > 0) {
      failureCounts().exporter++;
      diagnose('error', 'metrics could not be collected:', ...errors);
    }
    return this.writer.write(resourceMetrics, format);
  }

  /** Scrapes that come while metrics are being collected share them. */
  private collectOnce(timeoutMillis: number): Promise<CollectionResult> {
    this.collection ??= this.collect({ timeoutMillis }).finally(() => {
      this.collection = undefined;
    });
    return this.collection;
  }
}

function setContentHeaders(response: ServerResponse, format: Format, encoding: Encoding): void {
  response.setHeader('content-type', CONTENT_TYPES[format]);
  if (encoding !== 'identity') response.setHeader('content-encoding', encoding);
}

function tokenOf(liveView: unknown): string | undefined {
  const token = (liveView as { token?: unknown } | null)?.token;
  return typeof token === 'string' ? token : undefined;
}

/** Answers without metrics. */
function answer(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.end(text);
}

/** The path of a request target in origin or absolute form; undefined for any other text. */
function pathOf(target: string): string | undefined {
  if (target.startsWith('/')) return target.split('?', 1)[0];
  return URL.canParse(target) ? new URL(target).pathname : undefined;
}
