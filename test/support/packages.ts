import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const CACHE = join(tmpdir(), 'vango-test-installs');

/** A set of versions that users run together. */
export interface Platform {
  readonly label: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

const line = (sdk: string, api: string, http: string, undici: string): Record<string, string> => ({
  '@opentelemetry/api': api,
  '@opentelemetry/sdk-node': sdk,
  '@opentelemetry/exporter-prometheus': sdk,
  '@opentelemetry/sdk-metrics': sdk.startsWith('0.2') ? '2.12.0' : '3.1.1',
  '@opentelemetry/instrumentation-http': http,
  '@opentelemetry/instrumentation-undici': undici,
  // What the example shop needs.
  pino: '10.4.0',
  redis: '6.3.1',
  // What listens for signals in many applications.
  'proper-lockfile': '4.1.2',
  'signal-exit': '4.1.0',
  'signal-exit-3': 'npm:signal-exit@3.0.7',
});

/** Both SDK lines, each on the Node.js it is for; Node.js itself comes from npm. */
export const PLATFORMS: readonly Platform[] = [
  {
    label: 'Node 20, SDK 2.x (0.223)',
    dependencies: {
      node: '20',
      ...line('0.223.0', '1.9.1', '0.223.0', '0.33.0'),
      '@opentelemetry/auto-instrumentations-node': '0.81.2',
    },
  },
  {
    label: 'Node 24, SDK 3.x (0.301)',
    dependencies: {
      node: '24',
      ...line('0.301.0', '1.10.0', '0.301.0', '0.34.0'),
      '@opentelemetry/auto-instrumentations-node': '0.82.0',
    },
  },
];

/** A folder in which a user has installed both packages from their tarballs. */
export interface Installation {
  readonly folder: string;
  /** The Node.js that belongs to it. */
  readonly node: string;
}

let packed: { vango: string; product: string } | undefined;

/** Packs both packages, once. */
function pack(): { vango: string; product: string } {
  if (packed === undefined) {
    mkdirSync(CACHE, { recursive: true });
    // A folder of its own: other checkouts may pack at the same time.
    const packs = mkdtempSync(join(CACHE, 'packed-'));
    const one = (folder: string): string => {
      // Without scripts: the packages are built, and other tests use these builds.
      const output = execFileSync(
        'npm',
        ['pack', '--json', '--ignore-scripts', '--pack-destination', packs],
        {
          cwd: folder,
          encoding: 'utf8',
        },
      );
      const parsed = JSON.parse(output);
      const [first] = Array.isArray(parsed) ? parsed : Object.values(parsed);
      return join(packs, (first as { filename: string }).filename);
    };
    packed = { vango: one(join(ROOT, 'vango')), product: one(ROOT) };
  }
  return packed;
}

/**
 * Installs both packages and their peers in an empty folder, as a user would. Runs share the
 * installation until a package changes.
 */
export function install(platform: Platform): Installation {
  const { vango, product } = pack();
  const hash = createHash('sha256').update(JSON.stringify(platform.dependencies));
  // The tarballs' bytes differ from pack to pack, what is in them does not.
  for (const tarball of [vango, product])
    hash.update(execFileSync('tar', ['-xzOf', tarball], { maxBuffer: 64 * 1024 * 1024 }));
  const folder = join(CACHE, hash.digest('hex').slice(0, 16));
  if (!existsSync(folder)) {
    const fresh = `${folder}.${process.pid}`;
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(fresh, { recursive: true });
    const dependencies = {
      ...platform.dependencies,
      vango: `file:${vango}`,
      '@vango/opentelemetry': `file:${product}`,
    };
    writeFileSync(
      join(fresh, 'package.json'),
      JSON.stringify({ name: 'an-app', private: true, dependencies }),
    );
    execFileSync(
      'npm',
      ['install', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'],
      {
        cwd: fresh,
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    renameSync(fresh, folder);
  }
  const fixtures = join(ROOT, 'test/fixtures');
  for (const file of readdirSync(fixtures))
    cpSync(join(fixtures, file), join(folder, file), { recursive: true });
  return { folder, node: nodeBinary(folder) };
}

/** Package managers that are not npm, and how each installs; they come from npm themselves. */
export const PACKAGE_MANAGERS = {
  pnpm: { from: 'pnpm@9', binary: 'pnpm', args: ['install'], preload: [] },
  'Yarn classic': { from: 'yarn@1.22.22', binary: 'yarn', args: ['install'], preload: [] },
  'Yarn PnP': {
    from: '@yarnpkg/cli-dist@4',
    binary: 'yarn',
    args: ['install'],
    preload: ['--require', './.pnp.cjs'],
  },
} as const;

/** What a zero-code start needs. */
const NEEDED = new Set(
  ['api', 'sdk-node', 'sdk-metrics', 'exporter-prometheus'].map(name => `@opentelemetry/${name}`),
);

/**
 * Installs what a zero-code start needs, by another package manager.
 *
 * @returns The installation, and the arguments of Node.js that the package manager needs.
 */
export function installWith(
  manager: keyof typeof PACKAGE_MANAGERS,
  platform: Platform,
): Installation & { readonly preload: readonly string[] } {
  const { from, binary, args, preload } = PACKAGE_MANAGERS[manager];
  const { node } = install(platform);
  const tools = installTool(from);
  const folder = mkdtempSync(join(CACHE, 'managed-'));
  const { vango, product } = pack();
  const needed = Object.entries(platform.dependencies).filter(([name]) => NEEDED.has(name));
  const dependencies = {
    ...Object.fromEntries(needed),
    vango: `file:${vango}`,
    '@vango/opentelemetry': `file:${product}`,
  };
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'an-app', private: true, dependencies }),
  );
  writeFileSync(join(folder, 'yarn.lock'), '');
  execFileSync(join(tools, 'node_modules/.bin', binary), [...args], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      PATH: `${dirname(node)}:${process.env.PATH}`,
      YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
      YARN_ENABLE_SCRIPTS: 'false',
    },
  });
  for (const file of ['app.cjs', 'page.cjs'])
    cpSync(join(ROOT, 'test/fixtures', file), join(folder, file));
  return { folder, node, preload };
}

/**
 * Installs a program from npm, once, in a folder of its own.
 *
 * @returns The folder.
 */
export function installTool(from: string): string {
  const folder = join(CACHE, from.replace(/\W/g, '-'));
  const npm = ['install', '--loglevel=error', '--no-audit', '--no-fund', '--prefix', folder, from];
  if (!existsSync(folder)) execFileSync('npm', npm, { stdio: ['ignore', 'ignore', 'inherit'] });
  return folder;
}

/** Copies the example shop into an installation, and returns its main file. */
export function installShop({ folder }: Installation): string {
  cpSync(join(ROOT, 'examples/shop/build'), join(folder, 'shop'), { recursive: true });
  return join(folder, 'shop/main.js');
}

function nodeBinary(folder: string): string {
  const binary = join(folder, 'node_modules/node/bin/node');
  if (existsSync(binary)) return binary;
  // The script that links it may not have run, but the package of the binary has it.
  const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
    readFileSync(join(folder, 'node_modules/node/package.json'), 'utf8'),
  );
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const candidate = join(folder, 'node_modules', name, 'bin/node');
    if (existsSync(candidate)) return candidate;
  }
  throw new Error(`no Node.js binary in ${folder}`);
}
