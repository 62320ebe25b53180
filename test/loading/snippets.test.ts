import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Installation, install, PLATFORMS } from '../support/packages';

const ROOT = join(__dirname, '../..');
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const PAGES = [
  'README.md',
  'vango/README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`),
];
const LANGUAGES = ['js', 'ts', 'tsx'];
/** Commands of npm itself that the documentation names. */
const NPM_COMMANDS = ['install', 'publish', 'version'];
const COMPILER_OPTIONS = {
  allowJs: true,
  checkJs: true,
  jsx: 'react-jsx',
  jsxImportSource: 'vango',
  module: 'nodenext',
  moduleDetection: 'force',
  noEmit: true,
  skipLibCheck: true,
  strict: true,
  target: 'es2022',
  typeRoots: [join(ROOT, 'node_modules/@types')],
  types: ['node', 'mocha'],
};
/** What snippets expect of the code around them. */
const SURROUNDINGS = [
  'declare function refresh(): void;',
  'declare function afterAll(run: () => void): void;',
].join('\n');

interface Snippet {
  readonly page: string;
  readonly language: string;
  readonly code: string;
}

function snippetsOf(page: string, languages: readonly string[]): Snippet[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)\n```$/gm)]
    .map(([, language = '', code = '']) => ({ page, language, code }))
    .filter(({ language }) => languages.includes(language));
}

const platform = PLATFORMS[0] as (typeof PLATFORMS)[number];

describe(`the snippets of the documentation, ${platform.label}`, function () {
  this.timeout(240_000);
  const snippets = PAGES.flatMap(page => snippetsOf(page, LANGUAGES));
  let installation: Installation;
  let folder: string;

  before(() => {
    installation = install(platform);
    folder = mkdtempSync(join(installation.folder, 'snippets-'));
  });
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  it('fit the types of the packed packages', () => {
    expect(snippets).to.have.length.above(7);
    const files = snippets.map(({ page, language, code }, index) => {
      const name = `${page.replace(/\W/g, '-')}-${index}.${language}`;
      writeFileSync(join(folder, name), code);
      return name;
    });
    writeFileSync(join(folder, 'surroundings.d.ts'), SURROUNDINGS);
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: COMPILER_OPTIONS,
        files: [...files, 'surroundings.d.ts'],
      }),
    );
    const { status, stdout } = spawnSync(process.execPath, [TSC, '-p', folder], {
      encoding: 'utf8',
    });
    expect(status, stdout).to.equal(0);
  });

  for (const [index, { page, code }] of PAGES.flatMap(name => snippetsOf(name, ['js'])).entries()) {
    it(`${page}: JavaScript ${index + 1} runs`, () => {
      const file = join(folder, `run-${index}.cjs`);
      // The ports of the examples may be in use.
      writeFileSync(
        file,
        `${code.replace('listen(8080)', 'listen(0)')}\nsetImmediate(process.exit);`,
      );
      execFileSync(installation.node, [file], {
        env: { ...process.env, OTEL_TRACES_EXPORTER: 'none' },
      });
    });
  }

  it('has commands that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const text = ['README.md', 'CONTRIBUTING.md', 'examples/shop/README.md', ...PAGES]
      .map(page => readFileSync(join(ROOT, page), 'utf8'))
      .join('\n');
    const named = [...text.matchAll(/(?:`|^)npm (?:run )?([\w:]+)/gm)].map(([, name = '']) => name);
    expect([...Object.keys(scripts), ...NPM_COMMANDS]).to.include.members(named);
  });

  it('starts an application with the command of the README', () => {
    const [, command = ''] =
      readFileSync(join(ROOT, 'README.md'), 'utf8').match(/^node (--require .*) app\.js$/m) ?? [];
    writeFileSync(
      join(folder, 'app.js'),
      "require('vango').createApp(); setImmediate(process.exit);",
    );
    const { status, stderr } = spawnSync(installation.node, [...command.split(' '), 'app.js'], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, OTEL_EXPORTER_PROMETHEUS_PORT: '0' },
    });
    expect(status, stderr).to.equal(0);
  });
});
