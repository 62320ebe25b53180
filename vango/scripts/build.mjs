// Builds the runtime and its browser client.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
writeFileSync(
  'src/version.ts',
  `// Written by scripts/build.mjs.\n\n/** The version of this package. */\nexport const VERSION = '${version}';\n`,
);

tsc('client');
const scripts = {
  /** The browser client, built from vango/client. */
  CLIENT_SCRIPT: bundle('client/index.ts', 'iife'),
  /** What the client loads where it has to draw a page anew. */
  MORPH_SCRIPT: bundle('client/morph.ts', 'esm'),
};
// A module of the runtime rather than a file beside it: bundlers take it along.
mkdirSync('src/generated', { recursive: true });
writeFileSync(
  'src/generated/clientScript.ts',
  Object.entries(scripts)
    .map(([name, text]) => `export const ${name}: string = ${JSON.stringify(text)};\n`)
    .join(''),
);
// What a file that is gone had become must not be packed.
rmSync('build', { recursive: true, force: true });
tsc('.');

function tsc(project) {
  const script = fileURLToPath(new URL('bin/tsc', import.meta.resolve('typescript/package.json')));
  const { status } = spawnSync(process.execPath, [script, '-p', project], { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}

function bundle(entryPoint, format) {
  const { outputFiles } = buildSync({
    absWorkingDir: process.cwd(),
    entryPoints: [entryPoint],
    write: false,
    bundle: true,
    minify: true,
    format,
    target: 'es2022',
    logLevel: 'warning',
  });
  return outputFiles[0].text;
}
