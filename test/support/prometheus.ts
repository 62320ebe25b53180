import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { Child } from '../../vango/test/support/child';
import { freePort, waitFor } from '../../vango/test/support/wait';

/** One sample of the text format. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A scrape: its samples and the types of its families. */
export class Scrape {
  readonly samples: Sample[] = [];
  readonly types = new Map<string, string>();

  /** @throws Error for lines that are not of the format, and for families declared twice */
  constructor(readonly text: string) {
    for (const line of text.split('\n')) this.read(line);
  }

  /** The value of the one series with these labels and no others. */
  value(name: string, labels: Record<string, string> = {}): number | undefined {
    const wanted = JSON.stringify(Object.entries(labels).sort());
    return this.samples.find(
      s => s.name === name && JSON.stringify(Object.entries(s.labels).sort()) === wanted,
    )?.value;
  }

  series(name: string): Sample[] {
    return this.samples.filter(sample => sample.name === name);
  }

  private read(line: string): void {
    if (line === '' || /^# (HELP|UNIT|no) /.test(line)) return;
    const type = /^# TYPE (\S+) (\S+)$/.exec(line);
    if (type !== null) {
      if (this.types.has(type[1] as string)) throw new Error(`declared twice: ${type[1]}`);
      this.types.set(type[1] as string, type[2] as string);
      return;
    }
    const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (sample === null) throw new Error(`not a sample: ${line}`);
    const labels: Record<string, string> = {};
    for (const [, name, value] of (sample[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g))
      labels[name as string] = value as string;
    this.samples.push({ name: sample[1] as string, labels, value: Number(sample[3]) });
  }
}

export async function scrape(url: string): Promise<Scrape> {
  const response = await fetch(url);
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
  return new Scrape(await response.text());
}

/** The text that an exporter answers one request with, on a server of its own. */
export async function textOf(
  exporter: Pick<PrometheusExporter, 'getMetricsRequestHandler'>,
  headers: Record<string, string> = {},
): Promise<string> {
  const server = createServer((request, response) =>
    exporter.getMetricsRequestHandler(request, response),
  );
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}`, { headers });
  const text = await response.text();
  server.closeAllConnections();
  await new Promise(resolve => server.close(resolve));
  if (response.status !== 200) throw new Error(`${response.status}: ${text}`);
  return text;
}

/** The complaints of promtool about a scrape, a line each. */
export function promtoolComplaints(text: string): string[] {
  const { stderr, stdout, error } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  return `${stdout}${stderr}`.split('\n').filter(line => line.trim() !== '');
}

/** A series with its exemplars, as Prometheus answers. */
export interface SeriesExemplars {
  readonly seriesLabels: Readonly<Record<string, string>>;
  readonly exemplars: ReadonlyArray<{
    readonly labels: Readonly<Record<string, string>>;
    readonly value: string;
    readonly timestamp: number;
  }>;
}

/** An alert, as Prometheus answers. */
export interface ActiveAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
}

/** What a Prometheus does besides scraping. */
export interface PrometheusOptions {
  readonly flags?: readonly string[];
  /** Text of a file of rules, which are evaluated each second. */
  readonly rules?: string;
  /** Address of an Alertmanager. */
  readonly alertmanager?: string;
}

/** A real Prometheus that scrapes one target each second. */
export class Prometheus {
  private constructor(
    private readonly child: Child,
    private readonly origin: string,
    private readonly folder: string,
  ) {}

  static async start(target: string, options: PrometheusOptions = {}): Promise<Prometheus> {
    const { flags = [], rules, alertmanager } = options;
    const folder = mkdtempSync(join(tmpdir(), 'vango-prometheus-'));
    const port = await freePort();
    const config = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: rules === undefined ? [] : ['rules.yml'],
      alerting: {
        alertmanagers:
          alertmanager === undefined ? [] : [{ static_configs: [{ targets: [alertmanager] }] }],
      },
      scrape_configs: [{ job_name: 'vango', static_configs: [{ targets: [target] }] }],
    };
    if (rules !== undefined) writeFileSync(join(folder, 'rules.yml'), rules);
    // JSON is YAML.
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
    const child = new Child('prometheus', [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
      ...flags,
    ]);
    await child.until(/Server is ready/);
    return new Prometheus(child, `http://127.0.0.1:${port}`, folder);
  }

  /** The value of a query that has one result, once it has one. */
  async query(expression: string): Promise<number> {
    const values = await waitFor(`a result of ${expression}`, async () => {
      const found = await this.values(expression);
      return found.length > 0 ? found : undefined;
    });
    return values[0] as number;
  }

  /** The values of a query now. */
  async values(expression: string): Promise<number[]> {
    const { result } = await this.ask<{ result: Array<{ value: [number, string] }> }>(
      `query?query=${encodeURIComponent(expression)}`,
    );
    return result.map(({ value }) => Number(value[1]));
  }

  /** The alerts that are pending or fire. */
  async alerts(): Promise<readonly ActiveAlert[]> {
    return (await this.ask<{ alerts: ActiveAlert[] }>('alerts')).alerts;
  }

  private async ask<T>(path: string): Promise<T> {
    const response = await fetch(`${this.origin}/api/v1/${path}`);
    const answer = (await response.json()) as { data: T; error?: string };
    if (answer.error !== undefined) throw new Error(`${path}: ${answer.error}`);
    return answer.data;
  }

  /** The exemplars of the last minute. */
  async exemplars(expression: string): Promise<SeriesExemplars[]> {
    const now = Date.now() / 1000;
    const query = new URLSearchParams({
      query: expression,
      start: String(now - 60),
      end: String(now + 1),
    });
    return this.ask(`query_exemplars?${query}`);
  }

  async stop(): Promise<void> {
    await this.child.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
