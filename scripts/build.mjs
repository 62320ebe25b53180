// Builds, in dependency order: the runtime, its browser client, the instrumentation, the example.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { buildSync } from 'esbuild';

const tsc = project =>
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', project], { stdio: 'inherit' });

tsc('vango/client');
const client = buildSync({
  entryPoints: ['vango/client/index.ts'],
  write: false,
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2020',
  logLevel: 'warning',
});
// A module of the runtime rather than a file beside it: bundlers take it along.
mkdirSync('vango/src/generated', { recursive: true });
writeFileSync(
  'vango/src/generated/clientScript.ts',
  `/** The browser client, built from vango/client. */\nexport const CLIENT_SCRIPT: string = ${JSON.stringify(client.outputFiles[0].text)};\n`,
);
tsc('vango');
tsc('.');
tsc('examples/shop');
