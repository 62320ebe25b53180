// Runs mocha and measures which lines of src and vango/src the tests reach, in whatever process:
// node scripts/coverage.mjs [ARGUMENT OF MOCHA]...
// With arguments, which may select tests, there is no floor.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Report } from 'c8';
import { transformSync } from 'esbuild';

/** The percentage of lines that the tests must reach. */
const FLOOR = 95;

const mochaArguments = process.argv.slice(2);
const ROOT = new URL('..', import.meta.url).href;
process.chdir(fileURLToPath(ROOT));
const data = resolve('coverage/data');
/** URLs in this repository by those that processes report; undefined for scripts from elsewhere. */
const ownUrls = new Map();

rmSync('coverage', { recursive: true, force: true });
const mocha = fileURLToPath(import.meta.resolve('mocha/bin/mocha.js'));
const tests = spawnSync(process.execPath, [mocha, ...mochaArguments], {
  stdio: 'inherit',
  env: { ...process.env, NODE_V8_COVERAGE: data },
});
for (const name of readdirSync(data)) keepOwnScripts(join(data, name));
const report = Report({
  include: ['src/**', 'vango/src/**'],
  exclude: filesWithoutCode(),
  excludeAfterRemap: true,
  all: true,
  tempDirectory: data,
  reporter: ['html'],
  reportsDirectory: 'coverage',
  resolve: '',
  omitRelative: true,
});
const { lines } = (await report.getCoverageMapFromAllCoverageFiles()).getCoverageSummary();
const isBelow = mochaArguments.length === 0 && lines.pct < FLOOR;
if (isBelow) report.reporter.push('text');
await report.run();
console.log(
  `The tests reach ${lines.pct} % of lines (the floor is ${FLOOR} %): see coverage/index.html.`,
);
// A signal that ended mocha is a failure, too.
process.exitCode = isBelow ? 1 : (tests.status ?? 1);

/**
 * Reduces the data of one process to scripts of this repository. Tests install the packages from
 * tarballs, so what many processes load is a copy: it counts as the file it is a copy of.
 */
function keepOwnScripts(file) {
  const { result, 'source-map-cache': maps = {} } = readData(file);
  const own = { result: [], 'source-map-cache': {} };
  for (const script of result) {
    const url = ownUrl(script.url);
    if (url === undefined) continue;
    own.result.push({ ...script, url });
    // The maps of built files are beside them. What tsx compiled has its maps in this data only.
    if (!url.includes('/build/')) own['source-map-cache'][url] = maps[url];
  }
  writeFileSync(file, JSON.stringify(own));
}

/** A process that a test kills may leave half a file. */
function readData(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { result: [] };
  }
}

function ownUrl(url) {
  if (!url.startsWith('file:')) return undefined;
  if (!ownUrls.has(url)) ownUrls.set(url, findOwnUrl(url));
  return ownUrls.get(url);
}

function findOwnUrl(url) {
  if (/^(vango\/)?(src|build)\//.test(url.slice(ROOT.length)) && url.startsWith(ROOT)) return url;
  const copy = /\/node_modules\/(@vango\/opentelemetry|vango)\/(build\/.*)$/.exec(url);
  if (copy === null) return undefined;
  const original = new URL(copy[1] === 'vango' ? `vango/${copy[2]}` : copy[2], ROOT);
  return areEqual(new URL(url), original) ? original.href : undefined;
}

function areEqual(one, other) {
  return existsSync(one) && existsSync(other) && readFileSync(one).equals(readFileSync(other));
}

/** The files that hold types only, and those that the build writes. */
function filesWithoutCode() {
  const files = ['src', 'vango/src'].flatMap(folder =>
    readdirSync(folder, { recursive: true }).map(name => `${folder}/${name}`),
  );
  return files.filter(file => file.endsWith('.ts') && (isGenerated(file) || !hasCode(file)));
}

function isGenerated(file) {
  return file.includes('/generated/') || file.endsWith('/version.ts');
}

function hasCode(file) {
  return transformSync(readFileSync(file, 'utf8'), { loader: 'ts' }).code !== '';
}
