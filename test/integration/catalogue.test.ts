import { expect } from 'chai';
import { VangoInstrumentation } from '../../src';
import { CATALOGUE, type MetricDefinition } from '../../src/metrics/catalogue';
import { processState } from '../../src/processState';
import { TRAFFIC } from '../../vango/test/support/causes';
import { type Row, Stage, titleOf } from '../../vango/test/support/stage';
import { waitFor } from '../../vango/test/support/wait';
import { TestMetrics } from './support';

const DEFINITIONS: readonly MetricDefinition[] = Object.values(CATALOGUE);

/** What a scrape has of the call of a row: the name and the labels of the series that it moves. */
function seriesOf({
  call: [method, ...args],
}: Row): [name: string, labels: Record<string, string>] {
  const definition = DEFINITIONS.find(each => each.method === method);
  if (definition === undefined) throw new Error(`no metric has ${method}`);
  const { prometheusName, kind, labels } = definition;
  return [
    kind === 'histogram' ? `${prometheusName}_count` : prometheusName,
    Object.fromEntries(labels.map(({ name }, index) => [name, String(args[index])])),
  ];
}

describe('what clients do is in the next scrape', () => {
  let metrics: TestMetrics;
  let instrumentation: VangoInstrumentation;

  beforeEach(() => {
    processState().recorder = undefined;
    metrics = new TestMetrics();
    instrumentation = new VangoInstrumentation();
    instrumentation.setMeterProvider(metrics.provider);
  });
  afterEach(() => {
    instrumentation.disable();
    processState().recorder = undefined;
  });

  for (const row of TRAFFIC) {
    const [name, labels] = seriesOf(row);
    it(`${titleOf(row)}: ${name} ${JSON.stringify(labels)}`, async () => {
      const value = async (): Promise<number> => (await metrics.scrape()).value(name, labels) ?? 0;
      const before = await value();
      const stage = await Stage.open(row);
      try {
        await row.act(stage);
        const moved = await waitFor('the series to move', async () => (await value()) - before);
        if (row.isRepeated === true) expect(moved).to.be.above(0);
        else expect(moved).to.equal(1);
      } finally {
        row.after?.();
        await stage.app.close();
      }
    });
  }
});
