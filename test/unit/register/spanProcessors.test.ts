import { expect } from 'chai';
import { warnings } from '../../../src/messages';
import { LiveViewSpanProcessor } from '../../../src/prometheus';
import { spanProcessors } from '../../../src/register/spanProcessors';

const VARIABLE = 'OTEL_BSP_MAX_QUEUE_SIZE';

describe('the span processors of a start with the live view', () => {
  const before = process.env[VARIABLE];
  afterEach(() => {
    if (before === undefined) delete process.env[VARIABLE];
    else process.env[VARIABLE] = before;
  });

  async function classesOf(...names: string[]): Promise<string[] | undefined> {
    const processors = spanProcessors(names);
    if (processors === undefined) return undefined;
    const [first, ...others] = processors;
    expect(first).to.be.instanceOf(LiveViewSpanProcessor);
    await Promise.all(processors.map(processor => processor.shutdown()));
    return others.map(processor => processor.constructor.name);
  }

  const BATCH = 'BatchSpanProcessor';
  const SIMPLE = 'SimpleSpanProcessor';
  for (const [names, expected, warning] of [
    [['otlp'], [BATCH]],
    [['zipkin'], [BATCH]],
    [['console'], [SIMPLE]],
    [
      ['console', 'otlp', 'console'],
      [SIMPLE, BATCH],
    ],
    [['Console', 'console'], [SIMPLE], 'contains "Console", which is unknown'],
    [['console', 'none'], [BATCH], 'contains "none" along with other exporters; otlp is used'],
    // The SDK starts no traces then, and says so.
    [['none', 'console'], undefined],
    [['bogus'], undefined],
  ] as ReadonlyArray<[string[], string[] | undefined, string?]>)
    it(`for ${names}`, async () => {
      warnings.length = 0;
      expect(await classesOf(...names)).to.deep.equal(expected);
      const told = warning === undefined ? [] : [`OTEL_TRACES_EXPORTER ${warning}`];
      expect(warnings).to.deep.equal(told);
    });

  for (const [value, isTaken] of [
    ['7', true],
    ['', true],
    ['0', false],
    ['-1', false],
  ] as const)
    it(`${isTaken ? 'takes' : 'reports'} ${VARIABLE}=${value}`, async () => {
      process.env[VARIABLE] = value;
      warnings.length = 0;
      await classesOf('otlp');
      const line = `${VARIABLE} is ${value}; the default is used. Give a number, 1 to 2147483647`;
      expect(warnings).to.deep.equal(isTaken ? [] : [line]);
    });
});
