import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Child } from '../../vango/test/support/child';
import { freePort } from '../../vango/test/support/wait';
import type { ActiveAlert } from './prometheus';

/** An alert, as a webhook gets it. */
export interface Notification extends Pick<ActiveAlert, 'labels' | 'annotations'> {
  readonly status: 'firing' | 'resolved';
  /** The path that the webhook was called at. */
  readonly path: string;
}

/** A real Alertmanager, with a webhook that it calls. */
export class Alertmanager {
  readonly received: Notification[] = [];

  private constructor(
    readonly address: string,
    private readonly child: Child,
    private readonly webhook: Server,
    private readonly folder: string,
  ) {}

  /** @param configure - makes the configuration, given the origin of the webhook */
  static async start(configure: (origin: string) => string): Promise<Alertmanager> {
    const folder = mkdtempSync(join(tmpdir(), 'vango-alertmanager-'));
    const webhook = createServer();
    await new Promise<void>(resolve => webhook.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(webhook.address() as AddressInfo).port}`;
    writeFileSync(join(folder, 'alertmanager.yml'), configure(origin));
    const address = `127.0.0.1:${await freePort()}`;
    const child = new Child('prometheus-alertmanager', [
      `--config.file=${folder}/alertmanager.yml`,
      `--storage.path=${folder}/data`,
      `--web.listen-address=${address}`,
      '--cluster.listen-address=',
    ]);
    const alertmanager = new Alertmanager(address, child, webhook, folder);
    webhook.on('request', async (request, response) => {
      const { alerts } = JSON.parse(await text(request)) as { alerts: Notification[] };
      const path = request.url ?? '';
      alertmanager.received.push(...alerts.map(alert => ({ ...alert, path })));
      response.end();
    });
    await child.until(/Listening/);
    return alertmanager;
  }

  async stop(): Promise<void> {
    await this.child.stop();
    this.webhook.closeAllConnections();
    await new Promise(resolve => this.webhook.close(resolve));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
