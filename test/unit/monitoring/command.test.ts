import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { monitoringCommand } from '../../../src/monitoring/command';
import { monitoringFiles } from '../../../src/monitoring/files';
import { DEFAULTS } from '../../../src/monitoring/options';

describe('the command monitoring', () => {
  let parent: string;
  let folder: string;
  let said: string[];
  let errors: string[];

  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'vango-command-'));
    folder = join(parent, 'deep/inside');
  });
  afterEach(() => rmSync(parent, { recursive: true }));

  function run(...args: string[]): number {
    said = [];
    errors = [];
    return monitoringCommand(args, {
      log: line => said.push(line),
      error: line => errors.push(line),
    });
  }
  const written = (): Record<string, string> =>
    Object.fromEntries(
      readdirSync(folder).map(name => [name, readFileSync(join(folder, name), 'utf8')]),
    );

  it('writes all files into a folder that it makes, and says which', () => {
    expect(run('--out', folder)).to.equal(0);
    expect(written()).to.deep.equal(monitoringFiles(DEFAULTS));
    expect(said.sort()).to.deep.equal(
      Object.keys(monitoringFiles(DEFAULTS))
        .map(name => join(folder, name))
        .sort(),
    );
    expect(errors).to.deep.equal([]);
  });

  it('takes names, objectives, runbooks and a format', () => {
    const args = [
      ...['--namespace', 'myapp', '--subsystem', 'web', '--slo-errors', '0.99'],
      ...['--slo-latency', '1:0.95', '--runbooks', 'https://example.org/runbooks'],
      ...['--format', 'prometheus-operator', `--out=${folder}`],
    ];
    expect(run(...args), errors.join()).to.equal(0);
    const options = {
      namespace: 'myapp',
      subsystem: 'web',
      errorObjective: 0.99,
      latencyBound: 1,
      latencyObjective: 0.95,
      runbooks: 'https://example.org/runbooks',
    };
    expect(written()).to.deep.equal(monitoringFiles(options, 'prometheus-operator'));
    expect(written()['prometheusrule.yml'])
      .to.include('le=~"1(\\\\.0)?"')
      .and.include('14.4 * 0.05')
      .and.include('https://example.org/runbooks#vangometricsabsent')
      .and.not.match(/\bvango_/);
  });

  it('says where a bound of its own has to be a bucket', () => {
    expect(run('--out', folder, '--slo-latency', '0.3:0.99')).to.equal(0);
    expect(errors.join()).to.include('0.3 s').and.include('add it to metrics.buckets');
  });

  it('writes over what it wrote', () => {
    run('--out', folder);
    expect(run('--out', folder, '--namespace', 'myapp')).to.equal(0);
    expect(written()['rules.yml']).to.include('myapp_');
  });

  for (const [what, name, text] of [
    ['a file of somebody else', 'prometheus.yml', 'global: {}\n'],
    ['a file that somebody changed', 'rules.yml', undefined],
  ] as const) {
    it(`leaves ${what} alone, and all others, unless it is forced`, () => {
      run('--out', folder);
      const kept = text ?? written()[name]?.replace('> 100', '> 200');
      writeFileSync(join(folder, name), kept as string);
      const before = written();
      expect(run('--out', folder, '--namespace', 'myapp')).to.equal(1);
      expect(written()).to.deep.equal(before);
      expect(errors.join()).to.include(join(folder, name)).and.include('--force');
      expect(run('--out', folder, '--namespace', 'myapp', '--force')).to.equal(0);
      expect(written()[name]).to.not.equal(kept);
    });
  }

  it('shows its options', () => {
    expect(run('--help')).to.equal(0);
    for (const option of [
      '--out DIR',
      '--namespace NAME',
      '--slo-latency SECONDS:SHARE',
      '--force',
    ])
      expect(said.join('\n')).to.include(option);
  });

  for (const [args, option, remedy] of [
    [[], '--out', 'such as --out monitoring'],
    [['--out'], '--out', 'needs a value: DIR'],
    [['--out', '--force'], '--out', 'needs a value: DIR'],
    [['--out='], '--out', 'needs a value: DIR'],
    [['--out', 'x', '--name', 'y'], '--name', 'give --out, --namespace'],
    [['-o', 'x'], '-o', 'give --out, --namespace'],
    [['x'], 'x', 'give --out, --namespace'],
    [['--out', 'x', '--force=yes'], '--force', 'give it alone'],
    [['--out', 'x', '--namespace', '1a'], '--namespace', 'starting with a letter'],
    [['--out', 'x', '--subsystem', 'a-b'], '--subsystem', 'letters, digits and "_"'],
    [['--out', 'x', '--slo-errors', 'high'], '--slo-errors', 'from 0.95 to 0.99999'],
    [['--out', 'x', '--slo-errors', '99.9'], '--slo-errors', 'from 0.95 to 0.99999'],
    [['--out', 'x', '--slo-latency', '0.99'], '--slo-latency', 'such as 0.25:0.99'],
    [['--out', 'x', '--slo-latency', '-1:0.99'], '--slo-latency', 'such as 0.25:0.99'],
    [['--out', 'x', '--slo-latency', '1:0.5'], '--slo-latency', 'from 0.95 to 0.99999'],
    [['--out', 'x', '--runbooks', 'wiki'], '--runbooks', 'the URL of a page'],
    [['--out', 'x', '--format', 'json'], '--format', 'prometheus or prometheus-operator'],
  ] as ReadonlyArray<[string[], string, string]>) {
    it(`refuses ${args.join(' ') || 'nothing'}, naming ${option} and what to give`, () => {
      expect(run(...args)).to.equal(1);
      expect(errors.join()).to.include(option).and.include(remedy);
      expect(existsSync('x')).to.equal(false);
    });
  }
});
