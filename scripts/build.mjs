// Builds, in dependency order: the runtime, the instrumentation, the example.
import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
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
node('node_modules/typescript/bin/tsc', '-p', 'live');
await import('./livePage.mjs');
node('node_modules/typescript/bin/tsc', '-p', '.');
bringRuntimeTypes('build');
node('node_modules/typescript/bin/tsc', '-p', 'examples/shop');

/**
 * Gives the declarations of the product a copy of the runtime's types. They are read where vango is
 * bundled or of another version, too.
 */
function bringRuntimeTypes(folder) {
  const copy = join(folder, 'runtimeMetrics.d.ts');
  copyFileSync('vango/build/metrics.d.ts', copy);
  for (const file of readdirSync(folder, { recursive: true })) {
    if (!file.endsWith('.d.ts')) continue;
    const path = join(folder, file);
    const target = relative(dirname(path), join(folder, 'runtimeMetrics')).replaceAll('\\', '/');
    const specifier = target.startsWith('.') ? target : `./${target}`;
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(/^(import .*) from 'vango';$/gm, `$1 from '${specifier}';`));
  }
}

function node(...args) {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}
