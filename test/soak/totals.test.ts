import { expect } from 'chai';
import { definitionsOf } from '../../src/metrics/catalogue';
import { Child } from '../../vango/test/support/child';
import type { OtlpReceiver } from '../support/otlpReceiver';
import { type Installation, PLATFORMS } from '../support/packages';
import { useInstallation, useReceiver } from '../support/suites';

/** Of 1,000 routes, 5 types and 2 outcomes, one each. */
const EVENTS = 10_000;
const EXPECTED = [EVENTS, EVENTS, EVENTS / 2];
const OBSERVED = new Set(definitionsOf('gauge').map(([, { name }]) => `vango.${name}`));

for (const platform of PLATFORMS) {
  describe(`totals of more series than an SDK keeps apart, ${platform.label}`, () => {
    let installation: Installation;
    let deltas: OtlpReceiver;
    let totals: OtlpReceiver;

    useInstallation(platform, installed => {
      installation = installed;
    });
    useReceiver(started => {
      deltas = started;
    });
    useReceiver(started => {
      totals = started;
    });

    /** Events, measured durations and errors. */
    function received({ metrics }: OtlpReceiver): number[] {
      return ['vango.events', 'vango.event.duration.seconds', 'vango.event.errors'].map(name => {
        const metric = metrics.get(name);
        return metric?.type === 'histogram'
          ? metric.points.reduce((sum, { value }) => sum + value.count, 0)
          : (metric?.points ?? []).reduce((sum, { value }) => sum + value, 0);
      });
    }
    const temporality = ({ metrics }: OtlpReceiver): unknown => {
      const metric = metrics.get('vango.events');
      return metric?.type === 'sum' && metric.temporality;
    };

    for (const dropped of [undefined, 'type', 'path', 'status', 'error_type']) {
      const view = dropped ? `, with a view that drops ${dropped}` : '';
      it(`are exact in both texts and over OTLP${view}`, async () => {
        const { node, folder } = installation;
        const origins = [deltas, totals].map(
          ({ environment }) =>
            new URL(environment.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT as string).origin,
        );
        const child = new Child(node, ['many-series.cjs', ...origins, dropped ?? ''], {
          cwd: folder,
        });
        expect(await child.exit(), child.output).to.deep.equal({ code: 0, signal: null });
        expect(JSON.parse(child.output)).to.deep.equal([EXPECTED, EXPECTED]);
        expect([received(deltas), received(totals)]).to.deep.equal([EXPECTED, EXPECTED]);
        for (const { name, points } of [...deltas.metrics.values(), ...totals.metrics.values()]) {
          // An SDK gives the first point of an observable no time.
          if (OBSERVED.has(name)) continue;
          for (const { startTimeUnixNano, timeUnixNano } of points)
            expect(timeUnixNano > startTimeUnixNano, name).to.equal(true);
        }
        expect([temporality(deltas), temporality(totals)]).to.deep.equal(['delta', 'cumulative']);
      });
    }
  });
}
