import { expect } from 'chai';
import { Child } from '../../vango/test/support/child';
import { waitFor } from '../../vango/test/support/wait';
import { OtlpReceiver } from '../support/otlpReceiver';
import { type Installation, PLATFORMS } from '../support/packages';
import { REGISTER, useInstallation, visit } from '../support/suites';

/** Milliseconds that telemetry may add to an end, as in src/register/shutdown.ts. */
const LIMIT = 5000;
/** Milliseconds that a busy machine may add to that. */
const SLACK = 2000;
const CLICKS = 3;
const SIGNALS = ['SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;

const ENDINGS = [
  'no handler',
  'close',
  'close, then exit',
  'exit',
  'signal-exit 3',
  'signal-exit 4',
  'proper-lockfile',
] as const;

/** Collectors by what they do with an export. */
const COLLECTORS: Readonly<Record<string, (receiver: OtlpReceiver) => unknown>> = {
  up: () => {},
  down: receiver => receiver.stop(),
  hanging: receiver => {
    receiver.answers = false;
  },
  'answering 503': receiver => {
    receiver.status = 503;
  },
  'answering 401': receiver => {
    receiver.status = 401;
  },
};

interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly milliseconds: number;
  readonly cleanedUp: boolean;
  /** Spans of clicks that the collector took. */
  readonly spans: number;
}

for (const platform of PLATFORMS) {
  describe(`ends of a process, ${platform.label}`, function () {
    this.timeout(240_000);
    let installation: Installation;
    const rows: string[] = [];

    useInstallation(platform, installed => {
      installation = installed;
    });
    after(() => console.log(rows.join('\n')));

    /** Only a flush delivers: the intervals are longer than any test. */
    const environment = (receiver: OtlpReceiver): Record<string, string> => ({
      ...receiver.environment,
      OTEL_METRIC_EXPORT_INTERVAL: '600000',
      OTEL_METRIC_EXPORT_TIMEOUT: '600000',
      OTEL_BSP_SCHEDULE_DELAY: '600000',
      OTEL_BLRP_SCHEDULE_DELAY: '600000',
    });

    async function startAndClick(
      ending: string,
      env: Record<string, string>,
      preloads: string[],
    ): Promise<Child> {
      const child = new Child(installation.node, [...preloads, 'ends.cjs'], {
        cwd: installation.folder,
        env: { ...env, ENDING: ending },
      });
      const { page, client } = await visit(child, '/');
      for (let click = 0; click < CLICKS; click++) await client.click(page.hid('count'));
      return child;
    }

    /** Ends an app, with telemetry and a collector, or without. */
    async function end(ending: string, collector?: string): Promise<End> {
      const receiver = await OtlpReceiver.start();
      const preloads = collector === undefined ? [] : REGISTER;
      const child = await startAndClick(ending, environment(receiver), preloads);
      await COLLECTORS[collector ?? 'up']?.(receiver);
      const signalled = performance.now();
      child.signal('SIGTERM');
      const { code, signal } = await child.exit();
      const milliseconds = Math.round(performance.now() - signalled);
      const spans = collector === 'up' ? receiver.named('vango.Click').length : 0;
      if (collector !== 'down') await receiver.stop();
      return { code, signal, milliseconds, cleanedUp: child.output.includes('cleaned up'), spans };
    }

    // All on one platform; on the others those that differ most.
    const endings = platform === PLATFORMS[0] ? ENDINGS : (['close', 'signal-exit 4'] as const);
    for (const ending of endings) {
      it(`${ending}: ends as without telemetry, after a flush of 5 s at most`, async () => {
        const without = await end(ending);
        const ends = await Promise.all(
          Object.keys(COLLECTORS).map(
            async collector => [collector, await end(ending, collector)] as const,
          ),
        );
        rows.push(row(ending, 'no telemetry', without));
        for (const [collector, each] of ends) {
          rows.push(row(ending, collector, each));
          const { code, signal, cleanedUp } = without;
          expect(each, collector).to.include({ code, signal, cleanedUp });
          expect(each.milliseconds, collector).to.be.below(without.milliseconds + LIMIT + SLACK);
          expect(each.spans, collector).to.equal(collector === 'up' ? CLICKS : 0);
        }
      });
    }

    for (const ending of ['no handler', 'signal-exit 4', 'close, then exit']) {
      it(`${ending}: ${SIGNALS.join(', ')} flush, then act as without telemetry`, async () => {
        await Promise.all(
          SIGNALS.map(async signal => {
            const receiver = await OtlpReceiver.start();
            const env = { ...environment(receiver), SIGNAL: signal };
            const ends = [];
            for (const preloads of [[], REGISTER]) {
              const child = await startAndClick(ending, env, preloads);
              child.signal(signal);
              ends.push(await child.exit());
            }
            expect(ends[1], signal).to.deep.equal(ends[0]);
            expect(receiver.named('vango.Click').length, signal).to.equal(CLICKS);
            await receiver.stop();
          }),
        );
      });
    }

    for (const collector of ['hanging', 'answering 503'] as const) {
      for (const ending of ['no handler', 'signal-exit 3']) {
        it(`${ending}: a second signal ends it at once (collector ${collector})`, async () => {
          const receiver = await OtlpReceiver.start();
          const child = await startAndClick(ending, environment(receiver), REGISTER);
          COLLECTORS[collector]?.(receiver);
          child.signal('SIGINT');
          await waitFor('the flush', () => receiver.spans.length + receiver.refused > 0);
          const again = performance.now();
          child.signal('SIGINT');
          expect(await child.exit()).to.deep.equal({ code: null, signal: 'SIGINT' });
          expect(performance.now() - again).to.be.below(700);
          await receiver.stop();
        });
      }
    }

    it('delays an idle process by 5 s at most if the collector is down', async () => {
      const code = `
        require('@opentelemetry/api').trace.getTracer('').startSpan('last').end();
        process.exitCode = 7;
        console.log('nothing left to do');`;
      const receiver = await OtlpReceiver.start();
      const env = environment(receiver);
      await receiver.stop();
      const child = new Child(installation.node, [...REGISTER, '-e', code], {
        cwd: installation.folder,
        env,
      });
      await child.until(/nothing left to do/);
      const started = performance.now();
      expect(await child.exit()).to.deep.equal({ code: 7, signal: null });
      expect(performance.now() - started).to.be.below(LIMIT + SLACK);
    });
  });
}

function row(
  ending: string,
  collector: string,
  { code, signal, milliseconds, spans }: End,
): string {
  const seconds = (milliseconds / 1000).toFixed(1);
  return `| ${ending} | ${collector} | ${code ?? signal} | ${seconds} s | ${spans} of ${CLICKS} |`;
}
