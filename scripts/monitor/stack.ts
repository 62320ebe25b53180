import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Child, stopChildren } from '../../vango/test/support/child';
import { freePort } from '../../vango/test/support/wait';

const ROOT = resolve(__dirname, '../..');
const KIT = join(ROOT, 'monitoring');
/** The names of Alertmanager, of Debian and of its own releases. */
const ALERTMANAGERS = ['prometheus-alertmanager', 'alertmanager'];
/** How often Prometheus scrapes: more often than it is configured to, so that one sees soon. */
const INTERVAL = '5s';

/** The shop with telemetry, and what watches it. */
export interface Stack {
  readonly shop: string;
  readonly metrics: string;
  readonly prometheus: string;
  /** Undefined where it is not installed. */
  readonly alertmanager: string | undefined;
  /** Ends all processes, and deletes what they wrote. */
  stop(): Promise<void>;
}

/** Whether there is a program. */
export function isInstalled(command: string): boolean {
  return spawnSync(command, ['--version']).error === undefined;
}

/** Resolves once somebody wants this process to end. */
export function signalled(): Promise<unknown> {
  return Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map(signal => once(process, signal)));
}

/** Starts all processes. Each takes its usual port, or another one if that is in use. */
export async function startStack(): Promise<Stack> {
  const folder = mkdtempSync(join(tmpdir(), 'vango-monitor-'));
  const stop = async (): Promise<void> => {
    await stopChildren();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return { ...(await start(folder)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(folder: string): Promise<Omit<Stack, 'stop'>> {
  const ports = {
    shop: await port(8080),
    metrics: await port(9464),
    prometheus: await port(9090),
    alertmanager: await port(9093),
  };
  const addressOf = (name: keyof typeof ports): string => `http://localhost:${ports[name]}`;

  const main = join(ROOT, 'examples/shop/build/main.js');
  const shop = new Child(process.execPath, ['--require', '@vango/opentelemetry/register', main], {
    cwd: ROOT,
    env: {
      OTEL_SERVICE_NAME: 'vango-shop',
      OTEL_RESOURCE_ATTRIBUTES: 'service.version=1.0.0',
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_EXPORTER_PROMETHEUS_PORT: String(ports.metrics),
      PORT: String(ports.shop),
      // All visitors come from one address, and do not come back once they are gone.
      SHOP_LIMITS: JSON.stringify({ maxSessionsPerIp: 10_000, resumeWindow: 20_000 }),
      SHOP_SESSIONS: join(folder, 'sessions'),
    },
  });
  await shop.until(/The shop is open/);

  const alertmanager = ALERTMANAGERS.find(isInstalled);
  if (alertmanager !== undefined) {
    const child = new Child(alertmanager, [
      `--config.file=${join(KIT, 'alertmanager.example.yml')}`,
      `--storage.path=${join(folder, 'alerts')}`,
      `--web.listen-address=127.0.0.1:${ports.alertmanager}`,
      '--cluster.listen-address=',
    ]);
    await child.until(/Listening/);
  }

  copyFileSync(join(KIT, 'rules.yml'), join(folder, 'rules.yml'));
  const config = readFileSync(join(KIT, 'prometheus.yml'), 'utf8')
    .replace('localhost:9464', `localhost:${ports.metrics}`)
    .replace('localhost:9093', `localhost:${ports.alertmanager}`)
    .replaceAll(/_interval: \w+/g, `_interval: ${INTERVAL}`);
  writeFileSync(join(folder, 'prometheus.yml'), config);
  const prometheus = new Child('prometheus', [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${ports.prometheus}`,
    '--enable-feature=exemplar-storage',
  ]);
  await prometheus.until(/Server is ready/);

  return {
    shop: addressOf('shop'),
    metrics: `${addressOf('metrics')}/metrics`,
    prometheus: addressOf('prometheus'),
    alertmanager: alertmanager === undefined ? undefined : addressOf('alertmanager'),
  };
}

/** A port if it is free, or another one. */
async function port(usual: number): Promise<number> {
  const server = createServer();
  const isFree = await new Promise<boolean>(found => {
    server.once('error', () => found(false));
    server.listen(usual, () => server.close(() => found(true)));
  });
  return isFree ? usual : freePort();
}
