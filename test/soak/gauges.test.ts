import { expect } from 'chai';
import { createApp, h, signal } from '../../vango/src';
import { HelloStatus } from '../../vango/src/protocol';
import { silentLogger } from '../../vango/test/support/logger';
import { random } from '../../vango/test/support/random';
import { waitFor } from '../../vango/test/support/wait';
import { WireClient } from '../../vango/test/support/wireClient';
import { heapAfterCollection } from '../support/garbage';

const SESSIONS = 2000;
const SEED = 11;

describe('counts of sessions', () => {
  it(`stay right while ${SESSIONS} sessions open, detach, resume and end`, async function () {
    this.timeout(180_000);
    const heap = async (): Promise<number> => {
      for (let i = 0; i < 2; i++) {
        await new Promise(resolve => setTimeout(resolve, 50));
        heapAfterCollection();
      }
      return heapAfterCollection();
    };
    const app = createApp({
      logger: silentLogger(),
      limits: { maxSessionsPerIp: 10_000, resourceStarts: 0 },
    });
    app.page('/', () => h('p', null, signal('x'.repeat(500)).value));
    const { port } = await app.listen(0, '127.0.0.1');
    const url = `ws://127.0.0.1:${port}/_vango/live?path=/`;
    const next = random(SEED);
    const attached = new Map<string, WireClient>();
    const detached = new Set<string>();
    const pick = <T>(from: Iterable<T>, size: number): T =>
      [...from][Math.floor(next() * size)] as T;

    async function open(): Promise<void> {
      const client = await WireClient.connect(url);
      attached.set(client.hello?.sessionId as string, client);
    }

    async function step(): Promise<void> {
      const choice = next();
      if (attached.size === 0 || choice < 0.35) return open();
      const [id, client] = pick(attached, attached.size);
      if (choice < 0.6) {
        attached.delete(id);
        detached.add(id);
        client.drop();
      } else if (choice < 0.8 && detached.size > 0) {
        const back = pick(detached, detached.size);
        const resumed = await WireClient.connect(url, { sessionId: back });
        expect(resumed.hello).to.deep.include({ status: HelloStatus.OK, sessionId: back });
        detached.delete(back);
        attached.set(back, resumed);
      } else if (choice < 0.9) {
        attached.delete(id);
        app.sessions.remove(app.sessions.get(id) as never);
      } else {
        const session = app.sessions.get(detached.size > 0 ? pick(detached, detached.size) : id);
        detached.delete(session?.id as string);
        attached.delete(session?.id as string);
        app.sessions.evict(session as never, 'by chance');
      }
    }

    let opened = 0;
    const run = async (until: number): Promise<void> => {
      while (opened < until) {
        const before = attached.size + detached.size;
        await step();
        if (attached.size + detached.size > before) opened++;
        const expected = { active: attached.size, detached: detached.size };
        const agree = (): boolean =>
          JSON.stringify(app.sessions.counts()) === JSON.stringify(expected);
        if (!agree()) await waitFor('the counts to agree', agree);
      }
      for (const session of [...app.sessions]) app.sessions.remove(session);
      for (const client of attached.values()) client.drop();
      attached.clear();
      detached.clear();
      expect(app.sessions.counts()).to.deep.equal({ active: 0, detached: 0 });
    };
    // First come objects that are created once, and the limited memory of ended sessions.
    await run(SESSIONS / 4);
    const before = await heap();
    await run(SESSIONS);
    expect(await heap()).to.be.below(before * 1.1);
    await app.close();
  });
});
