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

/**
 * Skips the current suite if a program is missing, and prints what to install.
 *
 * @throws Error instead if `REQUIRE_E2E` is set.
 */
export function requirePart(context: Context, part: keyof typeof PARTS): void {
  const { command, install } = PARTS[part];
  if (spawnSync(command, ['--version']).error === undefined) return;
  if (process.env.REQUIRE_E2E) throw new Error(`${part} is missing: ${install}`);
  console.log(`      skipped: needs ${part} (${install})`);
  context.skip();
}
