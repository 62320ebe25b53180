import { expect } from 'chai';
import { Child } from '../../vango/test/support/child';
import { waitFor } from '../../vango/test/support/wait';
import { loadPage, WireClient } from '../../vango/test/support/wireClient';
import type { OtlpReceiver } from '../support/otlpReceiver';
import { type Installation, PLATFORMS } from '../support/packages';
import { REGISTER, useInstallation, useReceiver } from '../support/suites';

const CLIENTS = 8;
/** Events before the signal. */
const LOAD = 300;
const CLICKS = { type: 'Click', path: '/', status: 'success' };
/** Milliseconds a flush may take, as in src/register/shutdown.ts. */
const FLUSH_LIMIT = 5000;
/** Milliseconds an app's own handler may have to wait for it. */
const HANDLER_LIMIT = 1000;
/** Milliseconds between the signal and an app's own exit, as in the fixture. */
const DRAIN = 1000;
/** What a busy machine may add to a time. */
const SLACK = 1500;

/** How a process ended, and what it said it had handled. */
interface End {
  readonly end: { code: number | null; signal: NodeJS.Signals | null };
  readonly milliseconds: number;
  readonly handledAtSignal: number;
  readonly handled: number;
}

for (const platform of PLATFORMS) {
  describe(`SIGTERM under load, ${platform.label}`, function () {
    this.timeout(240_000);
    let installation: Installation;
    let receiver: OtlpReceiver;

    useInstallation(platform, installed => {
      installation = installed;
    });
    useReceiver(started => {
      receiver = started;
    });

    /** Only a flush delivers: the intervals are longer than any test. */
    const environment = (): Record<string, string> => ({
      ...receiver.environment,
      OTEL_METRIC_EXPORT_INTERVAL: '600000',
      OTEL_BSP_SCHEDULE_DELAY: '600000',
      OTEL_BSP_MAX_QUEUE_SIZE: '100000',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '100000',
      OTEL_BLRP_SCHEDULE_DELAY: '600000',
      OTEL_BLRP_MAX_QUEUE_SIZE: '100000',
      OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: '100000',
    });

    /** Clicks as fast as it is answered, until its socket closes. */
    async function keepClicking(client: WireClient, hid: string): Promise<void> {
      while (client.closed === undefined) {
        const before = client.received;
        client.event('Click', hid);
        await client.until(() => client.received > before || client.closed !== undefined);
      }
    }

    async function endUnderLoad(ending: string, preloads: string[] = []): Promise<End> {
      const child = new Child(
        installation.node,
        ['--require', './handled.cjs', ...preloads, ...REGISTER, 'ending.cjs'],
        { cwd: installation.folder, env: { ...environment(), ENDING: ending } },
      );
      const [, origin = ''] = await child.until(/listening on (\S+)/);
      const page = await loadPage(origin, '/');
      const clients = await Promise.all(
        Array.from({ length: CLIENTS }, () => WireClient.connect(page.socketUrl)),
      );
      const load = clients.map(client => keepClicking(client, page.hid('count')));
      await child.until(new RegExp(`handled ${LOAD}\n`));
      expect(receiver.metrics.size + receiver.spans.length).to.equal(0);

      const handledSoFar = (): number =>
        Number([...child.output.matchAll(/handled (\d+)\n/g)].at(-1)?.[1]);
      const handledAtSignal = handledSoFar();
      const signalled = performance.now();
      child.signal('SIGTERM');
      const end = await child.exit();
      const milliseconds = performance.now() - signalled;
      await Promise.all(load);
      return { end, milliseconds, handledAtSignal, handled: handledSoFar() };
    }

    const counted = (): number => receiver.value('vango.events', CLICKS) ?? 0;
    const traced = (): number => receiver.named('vango.Click').length;
    const logged = (): number => receiver.logs.filter(({ body }) => body === 'vango.Click').length;
    const delivered = (): number[] => [counted(), traced(), logged()];

    /** What a process has sent may be read only after its end. */
    async function expectDelivered(least: number, most = least): Promise<void> {
      const isAll = (): boolean => delivered().every(found => found >= least);
      await waitFor('the last export', isAll, 2000).catch(() => {});
      const [first = 0, ...others] = delivered();
      expect(first).to.be.within(least, most);
      expect(others).to.deep.equal([first, first]);
    }

    for (const answers of [true, false]) {
      describe(answers ? 'a backend that answers' : 'a backend that hangs', () => {
        beforeEach(() => {
          receiver.answers = answers;
        });

        it('ends an app without a handler, and delivers what was handled until then', async () => {
          const { end, milliseconds, handledAtSignal, handled } = await endUnderLoad('');
          expect(end).to.deep.equal({ code: null, signal: 'SIGTERM' });
          expect(milliseconds).to.be.below((answers ? 0 : FLUSH_LIMIT) + SLACK);
          await expectDelivered(handledAtSignal, handled);
        });

        it('leaves code and time to an app that closes and exits a second later', async () => {
          const { end, milliseconds, handledAtSignal, handled } =
            await endUnderLoad('closeThenExit');
          expect(end).to.deep.equal({ code: 3, signal: null });
          expect(milliseconds).to.be.within(DRAIN, (answers ? 0 : HANDLER_LIMIT) + DRAIN + SLACK);
          // The app finishes its events while it closes. If the backend hangs, so does the flush
          // that would deliver them.
          await expectDelivered(answers ? handled : handledAtSignal, handled);
        });

        it('leaves code and time to an app that serves and exits a second later', async () => {
          const { end, milliseconds, handledAtSignal, handled } =
            await endUnderLoad('serveThenExit');
          expect(end).to.deep.equal({ code: 3, signal: null });
          expect(milliseconds).to.be.within(DRAIN, (answers ? 0 : HANDLER_LIMIT) + DRAIN + SLACK);
          if (!answers) return expectDelivered(handledAtSignal, handled);
          // Between the last flush and the exit nothing can be delivered.
          for (const found of delivered()) expect(found).to.be.within(handledAtSignal, handled);
        });
      });
    }

    it('delivers all of an app that closes and has nothing left to do', async () => {
      const { end, milliseconds, handled } = await endUnderLoad('closeAndDrain');
      expect(end).to.deep.equal({ code: 7, signal: null });
      expect(milliseconds).to.be.below(HANDLER_LIMIT + SLACK);
      await expectDelivered(handled);
      expect(receiver.value('vango.sessions.active')).to.equal(0);
      expect(receiver.histogram('vango.session.memory.bytes')?.count).to.equal(CLIENTS);
    });

    it('leaves the code to an app whose handler is older than the telemetry', async () => {
      const { end, handled } = await endUnderLoad('', ['--require', './early.cjs']);
      expect(end).to.deep.equal({ code: 9, signal: null });
      expect(counted()).to.be.within(LOAD, handled);
    });

    it('does not hold a process with nothing left to do for a backend that hangs', async () => {
      receiver.answers = false;
      const code = `
        require('@opentelemetry/api').trace.getTracer('').startSpan('last').end();
        process.exitCode = 7;
        console.log('nothing left to do');`;
      const child = new Child(installation.node, [...REGISTER, '-e', code], {
        cwd: installation.folder,
        env: environment(),
      });
      await child.until(/nothing left to do/);
      const started = performance.now();
      expect(await child.exit()).to.deep.equal({ code: 7, signal: null });
      expect(performance.now() - started).to.be.below(FLUSH_LIMIT + SLACK);
      expect(receiver.named('last').length).to.equal(1);
    });
  });
}
