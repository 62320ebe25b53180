import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import * as product from '../../src';
import type { LabelDefinition, MetricDefinition } from '../../src/metrics/catalogue';
import { alerts } from '../../src/monitoring/alerts';
import { kitOf } from '../../src/monitoring/kit';
import { DEFAULTS } from '../../src/monitoring/options';
import { requirePart } from '../../vango/test/support/requires';

const ROOT = join(__dirname, '../..');
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`),
];
const FAMILIES: readonly MetricDefinition[] = Object.values(product.CATALOGUE);
const RUNBOOK_PARTS = ['Fires when', 'Look at', 'Do'];
const PARTS = ['Meaning', 'Moves when', 'Healthy', 'First query', 'Remedy'];
/** Labels that Prometheus, a histogram, the exporter or the reader's own configuration adds. */
const ADDED_LABELS = ['le', 'instance', 'job', 'process', 'service_version', 'version'];

const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

/** The code blocks of a language. */
function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)\n\`\`\`$`, 'gms'))].map(
    ([, code = '']) => code,
  );
}

/** The sections of a page below its `##` headings, in order. */
function sections(text: string): Array<[heading: string, body: string]> {
  return text
    .split(/^## /m)
    .slice(1)
    .map(section => {
      const end = section.indexOf('\n');
      return [section.slice(0, end), section.slice(end + 1)];
    });
}

/** What stands in the first column of the tables that are headed by a label. */
function tabled(body: string, label: string): string[] {
  const tables = [...body.matchAll(/^\| ([^|]*) \|.*\n\| ---.*\n((?:\|.*\n)*)/gm)];
  return tables
    .filter(([, head]) => head === `\`${label}\``)
    .flatMap(([, , rows = '']) => rows.trimEnd().split('\n'))
    .flatMap(row =>
      [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, value = '']) => value),
    );
}

/** The names under which Prometheus has the series of a family. */
function seriesNames({ prometheusName, kind }: MetricDefinition): string[] {
  return kind === 'histogram'
    ? ['_bucket', '_sum', '_count'].map(suffix => prometheusName + suffix)
    : [prometheusName];
}

const closedLabels = (
  labels: readonly LabelDefinition[],
): Array<Extract<LabelDefinition, { values: unknown }>> =>
  labels.filter(label => 'values' in label);
const metricsIn = (expression: string): string[] => expression.match(/\bvango_\w+/g) ?? [];
const families = (): Array<[string, string]> =>
  sections(read('docs/metrics.md')).filter(([heading]) => heading.startsWith('vango_'));
const rules = (): string[] =>
  PAGES.flatMap(page => blocks(read(page), 'yaml')).filter(text => text.startsWith('groups:'));
/** All expressions: those to ask, and those of rules. */
const queries = (): string[] => [
  ...PAGES.flatMap(page => blocks(read(page), 'promql')),
  ...rules().flatMap(text =>
    [...text.matchAll(/^ +expr: (.*)$/gm)].map(([, expression = '']) => expression),
  ),
];

/** The name a heading has in links, as GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-');

describe('docs/metrics.md', () => {
  it('has one section for each metric of the catalogue, in its order', () => {
    expect(families().map(([heading]) => heading)).to.deep.equal(
      FAMILIES.map(({ prometheusName }) => prometheusName),
    );
  });

  for (const [index, family] of FAMILIES.entries()) {
    const { prometheusName, labels } = family;
    it(`${prometheusName}: ${PARTS.join(', ')}; all labels and values; one query of it`, () => {
      const [, body = ''] = families()[index] ?? [];
      const found = [...body.matchAll(/^\*\*([^*]+)\.\*\*/gm)].map(([, part]) => part);
      expect(found).to.deep.equal(PARTS);
      for (const said of body.split(/^\*\*[^*]+\.\*\*/m).slice(1))
        expect(said.trim()).to.not.equal('');

      for (const { name } of labels) expect(body).to.include(`\`${name}\``);
      for (const { name, values } of closedLabels(labels)) {
        for (const value of values) expect(body, `${name} ${value}`).to.include(`\`${value}\``);
        const rows = tabled(body, name);
        if (rows.length > 0) expect(rows.sort()).to.deep.equal([...values].sort());
      }

      const [query = '', ...more] = blocks(body, 'promql');
      expect(more).to.deep.equal([]);
      expect(metricsIn(query)).to.include.oneOf(seriesNames(family));
    });
  }
});

describe('queries of the documentation', () => {
  it('ask for metrics of the catalogue, by labels that these have', () => {
    expect(queries()).to.have.length.above(FAMILIES.length - 1);
    for (const query of queries()) {
      const asked = FAMILIES.filter(family =>
        seriesNames(family).some(name => metricsIn(query).includes(name)),
      );
      expect(asked.flatMap(seriesNames), query).to.include.members(metricsIn(query));
      const labels = [
        ...ADDED_LABELS,
        ...asked.flatMap(family => family.labels.map(({ name }) => name)),
      ];
      const used = [...query.matchAll(/\bby \(([^)]*)\)|(\w+)=~?"/g)].flatMap(
        ([, grouped, matched]) => (grouped ?? matched ?? '').split(/, ?/),
      );
      expect(labels, query).to.include.members(used);
    }
  });

  it('are valid, and so are the rules', function () {
    requirePart(this, 'promtool');
    const recorded = queries().map((expr, index) => ({ record: `docs:query:${index}`, expr }));
    // JSON is YAML.
    const files = [JSON.stringify({ groups: [{ name: 'docs', rules: recorded }] }), ...rules()];
    const folder = mkdtempSync(join(tmpdir(), 'vango-docs-'));
    try {
      const paths = files.map((text, index) => {
        const path = join(folder, `${index}.yml`);
        writeFileSync(path, text);
        return path;
      });
      const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', ...paths], {
        encoding: 'utf8',
      });
      expect(status, stdout + stderr).to.equal(0);
      expect(stdout).to.include(`SUCCESS: ${recorded.length} rules found`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('docs/migration.md', () => {
  it('or docs/configuration.md names each function of the package', () => {
    const text = read('docs/migration.md') + read('docs/configuration.md');
    for (const [name, value] of Object.entries(product)) {
      if (typeof value === 'function') expect(text).to.match(new RegExp(`\\b${name}\\b`));
    }
  });

  it('leads to metrics of the catalogue only', () => {
    const names = FAMILIES.map(({ prometheusName }) => prometheusName);
    const [, body = ''] =
      sections(read('docs/migration.md')).find(([heading]) => heading === 'Metrics') ?? [];
    const rows = body.split('\n### ')[0]?.match(/^\| (?:`vango|°).*$/gm) ?? [];
    const here = rows.flatMap(row => row.split('|')[2]?.match(/vango_\w+/g) ?? []);
    // The Go package has these and no others; the catalogue may have more.
    expect([here.length, new Set(here).size]).to.deep.equal([24, 24]);
    expect(names).to.include.members(here);
  });
});

describe('links of the documentation', () => {
  for (const page of PAGES) {
    it(`${page}: lead to files and headings that exist`, () => {
      const prose = read(page).replace(/^```.*?^```$/gms, '');
      for (const [, link = ''] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(link)) continue;
        const [file = '', anchor] = link.split('#');
        const target = file === '' ? join(ROOT, page) : join(ROOT, dirname(page), file);
        expect(existsSync(target), link).to.equal(true);
        if (anchor === undefined) continue;
        const headings = [...readFileSync(target, 'utf8').matchAll(/^#+ (.*)$/gm)];
        expect(headings.map(([, heading = '']) => anchorOf(heading))).to.include(anchor);
      }
    });
  }
});

describe('the runbook in docs/metrics.md', () => {
  const [, body = ''] =
    sections(read('docs/metrics.md')).find(([heading]) => heading === 'When an alert fires') ?? [];
  const runbooks = body.split(/^### /m).slice(1);

  it('has one section for each alert, in order', () => {
    const names = runbooks.map(text => text.slice(0, text.indexOf('\n')));
    expect(names).to.deep.equal(alerts(kitOf(DEFAULTS)).map(({ name }) => name));
  });

  for (const { name, after } of alerts(kitOf(DEFAULTS))) {
    if (after === undefined || name.includes('Burn')) continue;
    it(`${name}: says that it fires after ${after}`, () => {
      const [, said] =
        new RegExp(`^${name}\n\n\\*\\*Fires when\\.\\*\\* For (\\d+ \\w+),`).exec(
          runbooks.find(text => text.startsWith(`${name}\n`)) ?? '',
        ) ?? [];
      expect(said).to.equal(after.replace(/m$/, ' min').replace(/h$/, ' h'));
    });
  }

  for (const text of runbooks) {
    it(`${text.slice(0, text.indexOf('\n'))}: ${RUNBOOK_PARTS.join(', ')}`, () => {
      const parts = text.split(/^\*\*([^*]+)\.\*\* /m).slice(1);
      expect(parts.filter((_, index) => index % 2 === 0)).to.deep.equal(RUNBOOK_PARTS);
      for (const part of parts) expect(part.trim()).to.not.equal('');
    });
  }
});
