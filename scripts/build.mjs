// Builds, in dependency order: the runtime, the instrumentation, the example.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));
writeFileSync(
  'src/version.ts',
  [
    '// Written by scripts/build.mjs.\n',
    '/** The name and version of this package, which are those of the instrumentation scope. */',
    `export const PACKAGE_NAME = '${name}';`,
    `export const PACKAGE_VERSION = '${version}';\n`,
  ].join('\n'),
);

// What a file that is gone had become must not be packed.
for (const folder of ['build', 'examples/shop/build'])
  rmSync(folder, { recursive: true, force: true });
node('vango/scripts/build.mjs');
node('node_modules/typescript/bin/tsc', '-p', '.');
node('node_modules/typescript/bin/tsc', '-p', 'examples/shop');

function node(...args) {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}
