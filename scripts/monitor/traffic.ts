import { setTimeout } from 'node:timers/promises';
import type { ClientEvent } from '../../vango/src/protocol';
import { random } from '../../vango/test/support/random';
import { loadPage, WireClient } from '../../vango/test/support/wireClient';

const VISITORS = 6;
/** Milliseconds between two events of a visitor. */
const PACE = 400;

interface Act {
  readonly id: string;
  readonly type?: ClientEvent['type'];
  readonly data?: ClientEvent['data'];
  /** How often it is done, beside the others. */
  readonly weight: number;
}

interface Stay {
  /** How many events a visitor sends at most. */
  readonly most: number;
  readonly acts: readonly Act[];
}

/** What visitors do on the pages of the shop: nothing that an alert is about. */
const PAGES: Readonly<Record<string, Stay>> = {
  '/': {
    most: 30,
    acts: [
      { id: 'add-cup', weight: 1 },
      { id: 'add-teapot', weight: 1 },
      { id: 'search', type: 'Input', data: 'cup', weight: 1 },
    ],
  },
  '/products/teapot': { most: 10, acts: [{ id: 'add', weight: 1 }] },
  '/checkout': {
    // The form is gone once it was sent.
    most: 1,
    acts: [
      {
        id: 'order',
        type: 'Submit',
        data: [
          ['name', 'Ann'],
          ['email', 'ann@example.org'],
        ],
        weight: 1,
      },
    ],
  },
  '/faults': {
    most: 10,
    acts: [
      { id: 'slow', weight: 1 },
      { id: 'small-note', weight: 40 },
    ],
  },
};

/** Visits a shop until `stop()` is called. */
export class Traffic {
  private readonly ending = new AbortController();
  private readonly visits: Array<Promise<void>> = [];

  constructor(private readonly origin: string) {
    for (let index = 0; index < VISITORS; index++) this.visits.push(this.visit(random(index + 1)));
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await Promise.all(this.visits);
  }

  /** A visitor goes from page to page. */
  private async visit(next: () => number): Promise<void> {
    const pages = Object.entries(PAGES);
    while (!this.ending.signal.aborted) {
      const [path, stay] = pages[Math.floor(next() * pages.length)] as [string, Stay];
      try {
        await this.stay(path, stay, next);
      } catch (error) {
        // The shop ends before its visitors, if somebody stops both.
        if (!this.ending.signal.aborted) console.error(`a visit of ${path}: ${error}`);
        await this.pause();
      }
    }
  }

  /** A visitor does something on a page, and may lose the connection meanwhile. */
  private async stay(path: string, { most, acts }: Stay, next: () => number): Promise<void> {
    const { socketUrl, hid } = await loadPage(this.origin, path);
    let client = await WireClient.connect(socketUrl);
    const weighed = acts.flatMap(act => new Array<Act>(act.weight).fill(act));
    const count = Math.ceil(most * next());
    for (let done = 0; done < count && !this.ending.signal.aborted; done++) {
      if (next() < 0.02) {
        client.drop();
        const sessionId = client.hello?.sessionId as string;
        client = await WireClient.connect(socketUrl, { sessionId, lastSeq: client.lastSeq });
      }
      const { id, type, data } = weighed[Math.floor(next() * weighed.length)] as Act;
      client.event(type ?? 'Click', hid(id), data);
      await client.settled();
      await this.pause();
    }
    await client.close();
  }

  private async pause(): Promise<void> {
    await setTimeout(PACE, undefined, { signal: this.ending.signal }).catch(() => {});
  }
}
