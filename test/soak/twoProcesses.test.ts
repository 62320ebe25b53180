import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createClient } from 'redis';
import { fileStore, redisStore, type SessionStore } from '../../vango/src';
import { ControlType, HelloStatus } from '../../vango/src/protocol';
import { Child } from '../../vango/test/support/child';
import { startRedis } from '../../vango/test/support/redis';
import { requirePart } from '../../vango/test/support/requires';
import { waitFor } from '../../vango/test/support/wait';
import { loadPage, WireClient } from '../../vango/test/support/wireClient';
import type { OtlpReceiver } from '../support/otlpReceiver';
import { type Installation, PLATFORMS } from '../support/packages';
import { scrape } from '../support/prometheus';
import { REGISTER, useInstallation, useReceiver } from '../support/suites';

/** A store as this test sees it, and the environment of processes that use it. */
interface Shared {
  readonly store: SessionStore;
  readonly env: Record<string, string>;
  close(): unknown;
}

const STORES: ReadonlyArray<{
  name: string;
  open(): Promise<Shared>;
  require?(context: Mocha.Context): void;
}> = [
  {
    name: 'a folder',
    async open() {
      const folder = mkdtempSync(join(tmpdir(), 'vango-shared-'));
      const close = (): void => rmSync(folder, { recursive: true, force: true });
      return { store: fileStore(folder), env: { SESSIONS: folder }, close };
    },
  },
  {
    name: 'Redis',
    require: context => requirePart(context, 'redis-server'),
    async open() {
      const url = await startRedis();
      const client = createClient({ url });
      await client.connect();
      return {
        store: redisStore(client as never),
        env: { REDIS_URL: url },
        close: () => client.close(),
      };
    },
  },
];

/** Sessions that are active, those that are detached, and resumes. */
type Counts = readonly [active?: number, detached?: number, resumes?: number];

/** One of the processes. */
class Server {
  private constructor(
    readonly origin: string,
    private readonly metricsUrl: string,
  ) {}

  static async start({ node, folder }: Installation, env: Record<string, string>): Promise<Server> {
    const child = new Child(node, [...REGISTER, 'shared-store.cjs'], {
      cwd: folder,
      env: { OTEL_EXPORTER_PROMETHEUS_PORT: '0', ...env },
    });
    const [, metrics = ''] = await child.until(/metrics: (http:\S+);/);
    const [, origin = ''] = await child.until(/listening on (\S+)/);
    return new Server(origin, metrics);
  }

  async counts(): Promise<Counts> {
    const metrics = await scrape(this.metricsUrl);
    return [
      metrics.value('vango_sessions_active'),
      metrics.value('vango_sessions_detached'),
      metrics.value('vango_session_resume_success_total'),
    ];
  }
}

for (const platform of PLATFORMS) {
  for (const { name, open, require } of STORES) {
    describe(`a session that two processes know from ${name}, ${platform.label}`, function () {
      this.timeout(240_000);
      let installation: Installation;
      let receiver: OtlpReceiver;
      let shared: Shared;
      let a: Server;
      let b: Server;

      before(function () {
        require?.(this);
      });
      // Before the processes end, of which Redis is one.
      afterEach(() => shared?.close());
      useInstallation(platform, installed => {
        installation = installed;
      });
      useReceiver(started => {
        receiver = started;
      });
      beforeEach(async () => {
        shared = await open();
        const env = { ...receiver.traceEnvironment, ...shared.env };
        a = await Server.start(installation, env);
        b = await Server.start(installation, env);
      });

      /** Waits for the counts of both processes, and calls `always` all the while. */
      async function reach(
        ofA: Counts,
        ofB: Counts,
        always: () => unknown = () => undefined,
      ): Promise<void> {
        const wanted = JSON.stringify([ofA, ofB]);
        await waitFor(`the numbers ${wanted}`, async () => {
          await always();
          return JSON.stringify([await a.counts(), await b.counts()]) === wanted;
        });
        await always();
      }

      it('is counted where it is, keeps its values and links to its connect', async () => {
        const page = await loadPage(a.origin, '/counters/7');
        const hid = page.hid('click');
        const first = await WireClient.connect(page.socketUrl);
        const sessionId = first.hello?.sessionId as string;
        const stored = async (): Promise<unknown> =>
          JSON.parse((await shared.store.load(sessionId)) ?? '{}').signals?.clicks?.value;
        const keeps = (clicks: number | undefined): Promise<boolean> =>
          waitFor(`${clicks} clicks in the store`, async () => (await stored()) === clicks);
        const comeBackTo = async (server: Server): Promise<WireClient> => {
          const url = page.socketUrl.replace(/^ws:\/\/[^/]+/, server.origin.replace('http', 'ws'));
          const client = await WireClient.connect(url, { sessionId, lastSeq: 1 });
          expect(client.hello).to.deep.include({ status: HelloStatus.OK, sessionId });
          await client.until(() => client.controls.length === 1);
          return client;
        };
        const shown = ({ controls: [page] }: WireClient): string | undefined =>
          page?.type === ControlType.ResyncFull ? /\d+ clicks/.exec(page.html)?.[0] : undefined;

        await reach([1, 0, 0], [0, 0, 0]);
        await first.click(hid);
        first.drop();
        await reach([0, 1, 0], [0, 0, 0]);
        await keeps(1);

        const second = await comeBackTo(b);
        expect(shown(second)).to.equal('1 clicks');
        await reach([0, 1, 0], [1, 0, 1]);
        await second.click(hid);
        await keeps(2);
        // Neither while it waits nor when it gives up does A touch what is B's.
        await reach([0, 0, 0], [1, 0, 1], async () => expect(await stored()).to.equal(2));

        second.drop();
        await reach([0, 0, 0], [0, 1, 1]);
        const third = await comeBackTo(b);
        expect(shown(third)).to.equal('2 clicks');
        await reach([0, 0, 0], [1, 0, 2]);
        third.drop();
        await reach([0, 0, 0], [0, 1, 2]);
        const fourth = await comeBackTo(a);
        expect(shown(fourth)).to.equal('2 clicks');
        await reach([1, 0, 1], [0, 1, 2]);
        await reach([1, 0, 1], [0, 0, 2], async () => expect(await stored()).to.equal(2));
        fourth.drop();
        await reach([0, 1, 1], [0, 0, 2]);
        await reach([0, 0, 1], [0, 0, 2]);
        await keeps(undefined);

        const resumes = await waitFor('the resumes', () => {
          const found = receiver.named('vango.resume');
          return found.length === 3 ? found : undefined;
        });
        const [connect, ...others] = receiver.named('vango.connect');
        expect(others).to.deep.equal([]);
        expect(connect?.attributes['session.id']).to.equal(sessionId);
        const [render, ...otherRenders] = receiver.named('vango.ssr');
        expect(otherRenders).to.deep.equal([]);
        // B cannot verify the page's trace context, which A signed with its own secret.
        const [inB, alsoInB, inA] = resumes.sort((a, b) =>
          a.startTimeUnixNano < b.startTimeUnixNano ? -1 : 1,
        );
        for (const [resume, linked, parent] of [
          [inB, [connect, render], ''],
          [alsoInB, [connect, render], ''],
          [inA, [connect], render?.spanId],
        ] as const) {
          expect(resume?.attributes['session.id']).to.equal(sessionId);
          expect(resume?.parentSpanId).to.equal(parent);
          expect(resume?.links.map(({ traceId, spanId }) => ({ traceId, spanId }))).to.deep.equal(
            linked.map(span => ({ traceId: span?.traceId, spanId: span?.spanId })),
          );
        }
      });
    });
  }
}
