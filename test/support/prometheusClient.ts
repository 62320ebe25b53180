import { spawnSync } from 'node:child_process';
import type { Format } from '../../src/prometheus/negotiate';

/** A sample that a parser read. */
export type ParsedSample = readonly [
  name: string,
  labels: Readonly<Record<string, string>>,
  value: number,
];

const MODULES: Readonly<Record<Format, string>> = {
  text: 'prometheus_client.parser',
  openMetrics: 'prometheus_client.openmetrics.parser',
};

const PROGRAM = `
import importlib, io, json, sys
module = importlib.import_module(sys.argv[1])
for text in json.load(io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8")):
    samples = []
    # The file object must not take other characters than newline for ends of lines.
    for family in module.text_fd_to_metric_families(io.StringIO(text, newline="\\n")):
        for s in family.samples:
            samples.append([s.name, s.labels, repr(float(s.value))])
    print(json.dumps(samples))
`;

/**
 * The samples of some texts, as the client library of Prometheus for Python reads them. It refuses
 * more than Prometheus does.
 *
 * @throws Error that holds its complaint
 */
export function parsed(format: Format, texts: readonly string[]): ParsedSample[][] {
  const { status, stdout, stderr } = spawnSync(
    '/usr/bin/python3',
    ['-c', PROGRAM, MODULES[format]],
    {
      input: JSON.stringify(texts),
      encoding: 'utf8',
      maxBuffer: 1e9,
    },
  );
  if (status !== 0) throw new Error(stderr);
  return stdout
    .trimEnd()
    .split('\n')
    .map(line => {
      const samples: Array<[string, Record<string, string>, string]> = JSON.parse(line);
      return samples.map(([name, labels, value]) => [name, labels, numberOf(value)] as const);
    });
}

function numberOf(text: string): number {
  return Number(text.replace(/inf$/, 'Infinity'));
}
