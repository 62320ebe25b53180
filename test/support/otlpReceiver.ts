import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { OTLP } from './otlp';
import { decode } from './protobuf';
import {
  type Attributes,
  attributesOf,
  logOf,
  metricOf,
  type ReceivedHistogram,
  type ReceivedLog,
  type ReceivedMetric,
  type ReceivedSpan,
  spanOf,
} from './received';

const PROTOBUF = 'application/x-protobuf';

/** Receives traces, metrics and logs of one process over OTLP/HTTP with protobuf. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  readonly logs: ReceivedLog[] = [];
  /** The latest state of each metric, by name. */
  readonly metrics = new Map<string, ReceivedMetric>();
  /** The attributes of the process's resource. */
  resource: Attributes = {};
  /** Whether exporters get an answer; without one they wait. */
  answers = true;
  /** The status that it answers with; above 299 it takes nothing. */
  status = 200;
  /** Requests it did not take. */
  refused = 0;
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  static async start(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    await new Promise<void>(resolve => receiver.server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  /** Environment of a process that sends all three signals here, soon after they arise. */
  get environment(): Record<string, string> {
    return {
      ...this.traceEnvironment,
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${this.origin}/v1/metrics`,
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/protobuf',
      OTEL_METRIC_EXPORT_INTERVAL: '100',
      OTEL_METRIC_EXPORT_TIMEOUT: '100',
      OTEL_LOGS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${this.origin}/v1/logs`,
      OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'http/protobuf',
      OTEL_BLRP_SCHEDULE_DELAY: '50',
    };
  }

  /** Environment of a process that sends its traces alone here, soon after each span. */
  get traceEnvironment(): Record<string, string> {
    return {
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${this.origin}/v1/traces`,
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf',
      OTEL_BSP_SCHEDULE_DELAY: '50',
    };
  }

  named(name: string): ReceivedSpan[] {
    return this.spans.filter(span => span.name === name);
  }

  /** The value of the one series of a sum or a gauge with these attributes and no others. */
  value(name: string, attributes: Attributes = {}): number | undefined {
    const metric = this.metrics.get(name);
    return metric?.type === 'histogram' ? undefined : pointWith(metric?.points, attributes);
  }

  /** The same of a histogram. */
  histogram(name: string, attributes: Attributes = {}): ReceivedHistogram | undefined {
    const metric = this.metrics.get(name);
    return metric?.type === 'histogram' ? pointWith(metric.points, attributes) : undefined;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise(resolve => this.server.close(resolve));
  }

  private get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Also throws what is wrong with a request, so that the current test fails. */
  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { 'content-type': type, 'content-encoding': encoding } = request.headers;
    // A process that is killed may leave a request half sent.
    const sent = await buffer(request).catch(() => undefined);
    if (sent === undefined) return;
    if (this.status > 299) {
      this.refused++;
      response.writeHead(this.status).end();
      return;
    }
    try {
      if (type !== PROTOBUF) throw new TypeError(`${request.url} with content type ${type}`);
      const take = this.takers[request.url ?? ''];
      if (take === undefined) throw new TypeError(`${request.url} is no path of OTLP`);
      take(encoding === 'gzip' ? gunzipSync(sent) : sent);
    } catch (error) {
      response.writeHead(400, { 'content-type': 'text/plain' }).end(String(error));
      throw error;
    }
    // An empty message: all was taken.
    if (this.answers) response.writeHead(200, { 'content-type': PROTOBUF }).end();
  }

  private readonly takers: Readonly<Record<string, (body: Uint8Array) => void>> = {
    '/v1/traces': body => {
      for (const { resource, scopeSpans } of decode(OTLP, 'ExportTraceServiceRequest', body)
        .resourceSpans) {
        this.resource = attributesOf(resource?.attributes ?? []);
        for (const { scope, spans } of scopeSpans)
          this.spans.push(...spans.map(span => spanOf(span, scope?.name ?? '')));
      }
    },
    '/v1/logs': body => {
      for (const { resource, scopeLogs } of decode(OTLP, 'ExportLogsServiceRequest', body)
        .resourceLogs) {
        this.resource = attributesOf(resource?.attributes ?? []);
        for (const { scope, logRecords } of scopeLogs)
          this.logs.push(...logRecords.map(record => logOf(record, scope?.name ?? '')));
      }
    },
    '/v1/metrics': body => {
      const { resourceMetrics } = decode(OTLP, 'ExportMetricsServiceRequest', body);
      for (const { resource, scopeMetrics } of resourceMetrics) {
        this.resource = attributesOf(resource?.attributes ?? []);
        for (const { scope, metrics } of scopeMetrics)
          for (const metric of metrics) this.keep(metricOf(metric, scope?.name ?? ''));
      }
    },
  };

  /** Two exports may overtake each other on their sockets. */
  private keep(metric: ReceivedMetric): void {
    const known = this.metrics.get(metric.name);
    if (known === undefined || timeOf(metric) >= timeOf(known))
      this.metrics.set(metric.name, metric);
  }
}

function timeOf({ points }: ReceivedMetric): bigint {
  return points[0]?.timeUnixNano ?? 0n;
}

function pointWith<T>(
  points: ReadonlyArray<{ attributes: Attributes; value: T }> | undefined,
  attributes: Attributes,
): T | undefined {
  const wanted = JSON.stringify(Object.entries(attributes).sort());
  return points?.find(point => JSON.stringify(Object.entries(point.attributes).sort()) === wanted)
    ?.value;
}
