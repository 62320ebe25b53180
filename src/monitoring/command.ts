import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CATALOGUE } from '../metrics/catalogue';
import { monitoringFiles } from './files';
import { isOurs } from './mark';
import { OPTIONS, parseOptions, type Request } from './parseOptions';

/** Where the command writes lines. */
export interface Output {
  log(line: string): void;
  error(line: string): void;
}

/**
 * Writes the files of the monitoring kit.
 *
 * @returns The exit code.
 */
export function monitoringCommand(args: readonly string[], output: Output): number {
  let request: Request;
  try {
    request = parseOptions(args);
  } catch (error) {
    output.error(`monitoring: ${(error as Error).message}`);
    return 1;
  }
  if (request.help) {
    output.log(help());
    return 0;
  }
  const { folder, format, force, options } = request;
  const files = Object.entries(monitoringFiles(options, format)).map(
    ([name, text]) => [join(folder, name), text] as const,
  );
  const foreign = files.filter(([path]) => !force && existsSync(path) && !isOurs(read(path)));
  if (foreign.length > 0) {
    const paths = foreign.map(([path]) => path).join(', ');
    output.error(
      `monitoring: nothing is written, since ${paths} was changed or is not of this command; ` +
        'move it, give another --out, or give --force to overwrite it',
    );
    return 1;
  }
  mkdirSync(folder, { recursive: true });
  for (const [path, text] of files) {
    writeFileSync(path, text);
    output.log(path);
  }
  const { buckets } = CATALOGUE.eventDuration;
  if (!buckets.includes(options.latencyBound))
    output.error(
      `monitoring: ${options.latencyBound} s is none of the buckets of event durations ` +
        `(${buckets.join(', ')}); add it to metrics.buckets of the application`,
    );
  return 0;
}

function read(path: string): string {
  return readFileSync(path, 'utf8');
}

function help(): string {
  const rows = Object.entries(OPTIONS).map(([name, [value, meaning]]) => [
    `  --${name}${value === undefined ? '' : ` ${value}`}`,
    meaning,
  ]);
  const width = Math.max(...rows.map(([option = '']) => option.length));
  return [
    'Usage: npx @vango/opentelemetry monitoring --out DIR [OPTION]...',
    '',
    'Writes a Grafana dashboard, and rules of Prometheus with their tests.',
    '',
    ...rows.map(([option = '', meaning = '']) => `${option.padEnd(width)}  ${meaning}`),
  ].join('\n');
}
