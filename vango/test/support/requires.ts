import { spawnSync } from 'node:child_process';
import type { Context } from 'mocha';

interface Part {
  readonly command: string;
  /** What it succeeds with if it is there. Default: `--version`. */
  readonly args?: readonly string[];
  readonly install: string;
}

/** Programs that some suites need, with the package to install for each. */
const PARTS = {
  chromium: {
    command: process.env.CHROME_PATH ?? '/usr/bin/chromium',
    install: 'apt-get install chromium',
  },
  prometheus: { command: 'prometheus', install: 'apt-get install prometheus' },
  promtool: { command: 'promtool', install: 'apt-get install prometheus' },
  'prometheus-alertmanager': {
    command: 'prometheus-alertmanager',
    install: 'apt-get install prometheus-alertmanager',
  },
  prometheus_client: {
    command: '/usr/bin/python3',
    args: ['-c', 'import prometheus_client.openmetrics.parser'],
    install: 'apt-get install python3-prometheus-client',
  },
  'redis-server': { command: 'redis-server', install: 'apt-get install redis-server' },
} as const satisfies Record<string, Part>;

/** What to install for the tests that were skipped. */
const missing = new Set<string>();

/** Prints below the summary of mocha, which counts skipped tests as pending. */
function printMissing(): void {
  console.log(`  pending tests need: ${[...missing].join(' && ')}`);
}

/**
 * Skips the current suite or test if a program is missing, and prints what to install after the
 * summary.
 *
 * @throws Error instead if `REQUIRE_E2E` is set.
 */
export function requirePart(context: Context, part: keyof typeof PARTS): void {
  const { command, args, install }: Part = PARTS[part];
  const { error, status } = spawnSync(command, args ?? ['--version']);
  if (error === undefined && (args === undefined || status === 0)) return;
  if (process.env.REQUIRE_E2E) throw new Error(`${part} is missing: ${install}`);
  if (missing.size === 0) process.once('exit', printMissing);
  missing.add(install);
  context.skip();
}
