import { expect } from 'chai';
import { CountingServer, type Quiet } from '../support/countingServer';
import { type Counts, counted, regroup, sum } from '../support/counts';
import { type Installation, PLATFORMS } from '../support/packages';
import { useInstallation } from '../support/suites';
import { FAILS, Model, Visitor } from '../support/visitor';

const CLIENTS = 200;
const ROUNDS = 5;
/** Events of one client in one round. */
const EVENTS = 100;
const TOTAL = CLIENTS * ROUNDS * EVENTS;
/** How often each client is cut off with so many events under way. */
const CUTS = 10;
const UNDER_WAY = 10;

for (const platform of PLATFORMS) {
  describe(`metrics under load, ${platform.label}`, function () {
    this.timeout(180_000);
    let installation: Installation;
    let server: CountingServer;
    let model: Model;
    let visitors: Visitor[];

    useInstallation(platform, installed => {
      installation = installed;
    });
    beforeEach(async () => {
      server = await CountingServer.start(installation);
      model = new Model();
      visitors = await Promise.all(
        Array.from({ length: CLIENTS }, (_, index) => Visitor.open(server.origin, index, model)),
      );
    });

    const all = (act: (visitor: Visitor) => unknown): Promise<unknown> =>
      Promise.all(visitors.map(act));

    /** Compares what is counted, and the spans, with the events there were. */
    function verify({ metrics, tally }: Quiet, events: Counts): void {
      expect(counted(metrics, 'vango_events_total', 'type', 'path', 'status')).to.deep.equal(
        events,
      );
      expect(counted(metrics, 'vango_event_duration_seconds_count', 'path')).to.deep.equal(
        regroup(events, (_type, route) => route),
      );
      expect(counted(metrics, 'vango_event_errors_total', 'path')).to.deep.equal(
        regroup(events, (_type, route, status) => (status === 'error' ? route : undefined)),
      );
      expect(metrics.value('vango_reconnects_total')).to.equal(model.resumes);
      expect(metrics.value('vango_session_resume_success_total')).to.equal(model.resumes);
      for (const name of ['vango_session_resume_failed_total', 'vango_session_evictions_total'])
        expect(counted(metrics, name), name).to.deep.equal({});
      const spans: Counts = {
        'vango.ssr': CLIENTS,
        'vango.connect': CLIENTS,
        'vango.mount': CLIENTS,
        'vango.resume': model.resumes,
        ...regroup(events, type => `vango.${type}`),
      };
      expect(tally.spans).to.deep.equal(
        Object.fromEntries(
          Object.entries(spans).map(([name, n]) => [name, { started: n, ended: n }]),
        ),
      );
    }

    /** All leave for good. */
    async function end(): Promise<Quiet> {
      for (const visitor of visitors) visitor.drop();
      const quiet = await server.quiet(0, 0);
      expect(quiet.metrics.value('vango_session_memory_bytes_count')).to.equal(CLIENTS);
      return quiet;
    }

    it(`count ${TOTAL} events of ${CLIENTS} clients as these clients do`, async () => {
      const heaps: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        await all(visitor => visitor.work(EVENTS));
        const gone = visitors.filter((_, index) => index % ROUNDS === round);
        for (const visitor of gone) visitor.drop();
        const quiet = await server.quiet(CLIENTS - gone.length, gone.length);
        const { metrics, tally } = quiet;
        verify(quiet, model.events);
        expect(counted(metrics, 'vango_event_errors_total', 'path', 'error_type')).to.deep.equal(
          model.errors,
        );
        expect(model.errorFrames).to.equal(sum(model.errors));
        expect(metrics.value('vango_patches_sent_total')).to.equal(model.patches);
        expect(counted(metrics, 'vango_patch_mismatch_total', 'reason')).to.deep.equal({});
        heaps.push(tally.heap);
        await Promise.all(gone.map(visitor => visitor.comeBack()));
      }
      expect(sum(model.events)).to.equal(TOTAL);
      expect(sum(model.errors)).to.equal(TOTAL / FAILS);
      verify(await end(), model.events);
      expect(heaps.at(-1), `heaps ${heaps}`).to.be.below((heaps[0] as number) * 1.1);
    });

    it('count events whose socket was lost meanwhile as the handlers do', async () => {
      for (let cut = 0; cut < CUTS; cut++) await all(visitor => visitor.workInVain(UNDER_WAY));
      const quiet = await server.quiet(CLIENTS, 0);
      const { handled } = quiet.tally;
      // Some were lost with their socket.
      expect(sum(handled)).to.be.within(1, sum(model.events) - 1);
      verify(quiet, handled);
      verify(await end(), handled);
    });
  });
}
