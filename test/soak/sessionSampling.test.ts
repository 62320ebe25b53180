import { expect } from 'chai';
import { createClient } from 'redis';
import { redisStore, type SessionStore } from '../../vango/src';
import { Child } from '../../vango/test/support/child';
import { startRedis } from '../../vango/test/support/redis';
import { requirePart } from '../../vango/test/support/requires';
import { waitFor } from '../../vango/test/support/wait';
import { loadPage, WireClient } from '../../vango/test/support/wireClient';
import type { OtlpReceiver } from '../support/otlpReceiver';
import { type Installation, PLATFORMS } from '../support/packages';
import { REGISTER, useInstallation, useReceiver } from '../support/suites';

const SESSIONS = 2000;
/** Of each session: half of them in either process. */
const EVENTS = 10;
const AT_ONCE = 20;
const RATIO = 0.1;

/** Spans of one session, by name. Dispatched work is left out: a flush may do the work of two. */
const WHOLE = {
  'vango.ssr': 1,
  'vango.connect': 1,
  'vango.mount': 1,
  'vango.resume': 1,
  'vango.Click': EVENTS,
  'vango.action count': EVENTS,
  // The component begins anew in the second process.
  'vango.resource stock': 2,
};

for (const platform of PLATFORMS) {
  describe(`sampling of whole sessions, ${platform.label}`, function () {
    this.timeout(600_000);
    let installation: Installation;
    let receiver: OtlpReceiver;

    before(function () {
      requirePart(this, 'redis-server');
    });
    useInstallation(platform, installed => {
      installation = installed;
    });
    useReceiver(started => {
      receiver = started;
    });

    async function serve(url: string): Promise<string> {
      const child = new Child(installation.node, [...REGISTER, 'shared-store.cjs'], {
        cwd: installation.folder,
        env: {
          ...receiver.traceEnvironment,
          OTEL_METRICS_EXPORTER: 'none',
          OTEL_INSTRUMENTATION_VANGO_SESSION_SAMPLING: `${RATIO}`,
          REDIS_URL: url,
        },
      });
      const [, origin = ''] = await child.until(/listening on (\S+)/);
      return origin;
    }

    async function act(client: WireClient, hid: string, from: number): Promise<void> {
      for (let clicks = from + 1; clicks <= from + EVENTS / 2; clicks++) {
        client.event('Click', hid);
        await client.until(() =>
          client.patches.some(patch => 'value' in patch && patch.value === `${clicks} clicks`),
        );
      }
    }

    /** Acts in one process, comes back to the other, and acts there. */
    async function visit(one: string, other: string, store: SessionStore): Promise<void> {
      const page = await loadPage(one, '/workers/7');
      const client = await WireClient.connect(page.socketUrl);
      const sessionId = client.hello?.sessionId as string;
      await act(client, page.hid('act'), 0);
      client.drop();
      await waitFor('the save', async () => (await store.load(sessionId))?.includes('"shown"'));
      const url = page.socketUrl.replace(/^ws:\/\/[^/]+/, other.replace('http', 'ws'));
      const again = await WireClient.connect(url, { sessionId, lastSeq: client.lastSeq });
      expect(again.hello?.sessionId).to.equal(sessionId);
      await act(again, page.hid('act'), EVENTS / 2);
      await again.close();
    }

    /** Spans of each session, counted by name. A page belongs to the session of its connect. */
    function sessions(): Map<unknown, Record<string, number>> {
      const found = new Map<unknown, Record<string, number>>();
      const connects = new Map(
        receiver.named('vango.connect').map(span => [span.traceId, span.attributes['session.id']]),
      );
      for (const { name, traceId, attributes } of receiver.spans) {
        if (!(name in WHOLE)) continue;
        const id = attributes['session.id'] ?? connects.get(traceId);
        const counts = found.get(id) ?? {};
        found.set(id, counts);
        counts[name] = (counts[name] ?? 0) + 1;
      }
      return found;
    }
    const isWhole = (counts: Record<string, number>): boolean =>
      Object.entries(WHOLE).every(([name, count]) => counts[name] === count);

    it(`keeps no session in part, of ${SESSIONS} sessions in two processes`, async () => {
      const url = await startRedis();
      const redis = createClient({ url });
      await redis.connect();
      const store = redisStore(redis as never);
      const [one, other] = await Promise.all([serve(url), serve(url)]);
      let left = SESSIONS;
      const visits = async (): Promise<void> => {
        while (left-- > 0) await visit(one, other, store);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, visits));
      await redis.close();
      const inPart = (): unknown[] => [...sessions()].filter(([, counts]) => !isWhole(counts));
      await waitFor('the last spans', () => inPart().length === 0).catch(() => undefined);
      expect(inPart()).to.deep.equal([]);
      expect(sessions().size / SESSIONS).to.be.within(0.08, 0.12);
      const ofClicks = receiver.named('vango.Click').map(({ links }) => links.length);
      expect(new Set(ofClicks)).to.deep.equal(new Set([1]));
    });
  });
}
