import { expect } from 'chai';
import { waitFor } from '../../vango/test/support/wait';
import { loadPage, WireClient } from '../../vango/test/support/wireClient';
import { scrape } from './prometheus';

const EVENT = { type: 'Click', path: '/', status: 'success' };

/** A browser's connection to one of several processes, of `several.cjs`. */
export class Clicker {
  private constructor(
    private readonly client: WireClient,
    private readonly hid: string,
  ) {}

  static async open(origin: string): Promise<Clicker> {
    const page = await loadPage(origin.replace(/\/$/, ''), '/');
    return new Clicker(await WireClient.connect(page.socketUrl), page.hid('add'));
  }

  click(): Promise<unknown> {
    return this.client.click(this.hid);
  }

  close(): void {
    this.client.drop();
  }
}

/** The origins of the processes that said so, once there are as many. */
export async function originsOf(output: () => string, count: number): Promise<string[]> {
  const found = (): string[] =>
    [...output().matchAll(/process \d+ on (\S+)/g)].map(([, o = '']) => o);
  await waitFor(`${count} processes`, () => found().length >= count, 60_000);
  return found();
}

/** Values of a metric by process. */
export async function byProcess(
  url: string,
  name: string,
  labels: Record<string, string> = {},
): Promise<Record<string, number>> {
  const text = await scrape(url);
  return Object.fromEntries(
    text
      .series(name)
      .filter(({ labels: found }) => Object.entries(labels).every(([key, v]) => found[key] === v))
      .map(({ labels: found, value }) => [found.process ?? 'alone', value]),
  );
}

/**
 * Clicks in all processes, and compares 30 scrapes with what was sent: the events in sum and per
 * process, and the sessions per process.
 */
export async function expectAllCounted(url: string, origins: readonly string[]): Promise<void> {
  const numbers = origins.map((_, index) => `${index}`);
  await waitFor('all processes', async () => {
    const found = await byProcess(url, 'vango_sessions_active').catch(() => ({}));
    return Object.keys(found).sort().join() === numbers.join();
  });
  const clickers: Clicker[][] = [];
  // A process with one session more than the one before it.
  for (const [index, origin] of origins.entries())
    clickers.push(await Promise.all(Array.from({ length: index + 1 }, () => Clicker.open(origin))));
  const sent = origins.map(() => 0);
  for (let scrapes = 0; scrapes < 30; scrapes++) {
    const index = scrapes % origins.length;
    for (const clicker of clickers[index] ?? []) {
      await clicker.click();
      (sent[index] as number)++;
    }
    const events = await byProcess(url, 'vango_events_total', EVENT);
    expect(Object.keys(events).every(number => numbers.includes(number))).to.equal(true);
    // Which process has which number is for them to decide.
    const counted = Object.values(events).filter(value => value > 0);
    expect(counted.sort((a, b) => a - b)).to.deep.equal(
      sent.filter(value => value > 0).sort((a, b) => a - b),
    );
    const sessions = await byProcess(url, 'vango_sessions_active');
    expect(Object.values(sessions).sort((a, b) => a - b)).to.deep.equal(
      clickers.map(({ length }) => length),
    );
  }
  for (const clicker of clickers.flat()) clicker.close();
}
