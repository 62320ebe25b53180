import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';

/** What is created for a list of exporters, and the warnings of it. */
interface Made {
  readonly classes?: readonly string[];
  readonly warnings: readonly string[];
}

const LIVE = 'LiveViewSpanProcessor';
const BATCH = 'BatchSpanProcessor';
const SIMPLE = 'SimpleSpanProcessor';
const VARIABLE = 'OTEL_BSP_MAX_QUEUE_SIZE';

const unknown = (name: string): string =>
  `OTEL_TRACES_EXPORTER contains "${name}", which is unknown`;
const refused = (value: string): string =>
  `${VARIABLE} is ${value}; the default is used. Give a number, 1 to 2147483647`;

const CASES: ReadonlyArray<
  readonly [names: string[], size: string, classes: string[] | undefined, warnings: string[]]
> = [
  [['otlp'], '', [LIVE, BATCH], []],
  [['zipkin'], '', [LIVE, BATCH], []],
  [['console'], '', [LIVE, SIMPLE], []],
  [['console', 'otlp', 'console'], '', [LIVE, SIMPLE, BATCH], []],
  [['Console', 'console'], '', [LIVE, SIMPLE], [unknown('Console')]],
  [
    ['console', 'none'],
    '',
    [LIVE, BATCH],
    ['OTEL_TRACES_EXPORTER contains "none" along with other exporters; otlp is used'],
  ],
  // The SDK starts no traces then, and says so.
  [['none', 'console'], '', undefined, []],
  [['bogus'], '', undefined, []],
  [['otlp'], '7', [LIVE, BATCH], []],
  [['otlp'], '0', [LIVE, BATCH], [refused('0')]],
  [['otlp'], '-1', [LIVE, BATCH], [refused('-1')]],
];

/**
 * In a process of its own: that of all tests has so many hooks on `require` that an SDK takes
 * minutes to load.
 */
function makeAll(): readonly Made[] {
  const fixture = join(__dirname, '../../fixtures/spanProcessors.ts');
  const args = ['--require', 'tsx/cjs', fixture, JSON.stringify(CASES)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

describe('the span processors of a start with the live view', () => {
  let made: readonly Made[];

  before(() => {
    made = makeAll();
  });

  CASES.forEach(([names, size, classes, warnings], index) => {
    it(`for ${names}${size === '' ? '' : `, with ${VARIABLE}=${size}`}`, () => {
      expect(made[index]?.classes).to.deep.equal(classes);
      expect(made[index]?.warnings).to.deep.equal(warnings);
    });
  });
});
