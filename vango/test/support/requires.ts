import { spawnSync } from 'node:child_process';
import type { Context } from 'mocha';

/** Programs that some suites need, with the package to install for each. */
const PARTS = {
  chromium: {
    command: process.env.CHROME_PATH ?? '/usr/bin/chromium',
    install: 'apt-get install chromium',
  },
  prometheus: { command: 'prometheus', install: 'apt-get install prometheus' },
  promtool: { command: 'promtool', install: 'apt-get install prometheus' },
  'redis-server': { command: 'redis-server', install: 'apt-get install redis-server' },
} as const;

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
  const { command, install } = PARTS[part];
  if (spawnSync(command, ['--version']).error === undefined) return;
  if (process.env.REQUIRE_E2E) throw new Error(`${part} is missing: ${install}`);
  if (missing.size === 0) process.once('exit', printMissing);
  missing.add(install);
  context.skip();
}
