// Builds, in dependency order: the runtime, its browser client, the instrumentation, the example.
import { execFileSync } from 'node:child_process';
import { buildSync } from 'esbuild';

const tsc = project =>
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', project], { stdio: 'inherit' });

tsc('vango');
tsc('vango/client');
buildSync({
  entryPoints: ['vango/client/index.ts'],
  outfile: 'vango/build/client.js',
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2020',
  logLevel: 'warning',
});
tsc('.');
tsc('examples/shop');
