// Checks the tarballs of packages: node scripts/checkPackage.mjs [--write] FOLDER...
// The names of the files in each are compared with api/files.txt, which --write writes anew.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const { values, positionals } = parseArgs({
  options: { write: { type: 'boolean' } },
  allowPositionals: true,
});

for (const folder of positionals) {
  const packs = mkdtempSync(join(tmpdir(), 'vango-pack-'));
  try {
    const { name, filename, files } = pack(folder, packs);
    const problems = [
      ...compareFiles(folder, files),
      ...(await lint(join(packs, filename))),
      ...checkTypes(join(packs, filename)),
    ];
    for (const problem of problems) console.error(`${name}: ${problem}`);
    if (problems.length > 0) process.exitCode = 1;
    else console.log(`${name}: ${files.length} files`);
  } finally {
    rmSync(packs, { recursive: true });
  }
}

function pack(folder, destination) {
  const output = npm(
    ['pack', '--json', '--ignore-scripts', '--pack-destination', destination],
    folder,
  );
  const parsed = JSON.parse(output);
  // A list before npm 12, an object by name from then on.
  return Object.values(parsed)[0];
}

function compareFiles(folder, files) {
  const list = join(folder, 'api/files.txt');
  const found = groupByStem(files.map(({ path }) => path));
  if (values.write) writeFileSync(list, `${found.join('\n')}\n`);
  const expected = readFileSync(list, 'utf8').trimEnd().split('\n');
  const problems = [
    ...expected.filter(line => !found.includes(line)).map(line => `the tarball lacks ${line}`),
    ...found.filter(line => !expected.includes(line)).map(line => `the tarball also has ${line}`),
  ];
  return problems.length === 0
    ? []
    : [...problems, `correct the build or run "npm run api" to update ${list}`];
}

/** Joins what one source file became: `build/index.{d.ts,js,js.map}`. */
function groupByStem(paths) {
  const endings = new Map();
  for (const path of paths.sort()) {
    const stem = path.replace(/\.(d\.ts|js|js\.map)$/, '');
    endings.set(stem, [...(endings.get(stem) ?? []), path.slice(stem.length + 1)]);
  }
  return [...endings].map(([stem, found]) =>
    found[0] === '' ? stem : `${stem}.{${found.join(',')}}`,
  );
}

async function lint(tarball) {
  const bytes = readFileSync(tarball);
  const { messages, pkg } = await publint({
    pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) },
  });
  return messages.map(message => `publint: ${formatMessage(message, pkg, { color: false })}`);
}

/** Are the types wrong, for Node.js from 16 on and for bundlers? */
function checkTypes(tarball) {
  const script = fileURLToPath(
    new URL('dist/index.js', import.meta.resolve('@arethetypeswrong/cli/package.json')),
  );
  try {
    execFileSync(process.execPath, [script, tarball, '--profile', 'node16', '--no-color'], {
      encoding: 'utf8',
    });
    return [];
  } catch ({ stdout }) {
    return [`@arethetypeswrong/cli:\n${stdout}`];
  }
}

function npm(args, cwd) {
  return execFileSync('npm', args, { cwd, encoding: 'utf8', shell: process.platform === 'win32' });
}
