// Builds, in dependency order: the runtime, its browser client, the instrumentation, the example.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { buildSync } from 'esbuild';

const tsc = project =>
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', project], { stdio: 'inherit' });

tsc('vango/client');
const script = (entryPoint, format) =>
  buildSync({
    entryPoints: [entryPoint],
    write: false,
    bundle: true,
    minify: true,
    format,
    target: 'es2022',
    logLevel: 'warning',
  }).outputFiles[0].text;
const scripts = {
  /** The browser client, built from vango/client. */
  CLIENT_SCRIPT: script('vango/client/index.ts', 'iife'),
  /** What the client loads where it has to draw a page anew. */
  MORPH_SCRIPT: script('vango/client/morph.ts', 'esm'),
};
// A module of the runtime rather than a file beside it: bundlers take it along.
mkdirSync('vango/src/generated', { recursive: true });
writeFileSync(
  'vango/src/generated/clientScript.ts',
  Object.entries(scripts)
    .map(([name, text]) => `export const ${name}: string = ${JSON.stringify(text)};\n`)
    .join(''),
);
tsc('vango');
tsc('.');
tsc('examples/shop');
