import { parseArgs } from 'node:util';
import { NAME_PART } from '../config';
import { FORMATS, type Format } from './files';
import { DEFAULTS, type MonitoringOptions } from './options';

/** What the command was asked to do. */
export interface Request {
  readonly help: boolean;
  readonly folder: string;
  readonly force: boolean;
  readonly format: Format;
  readonly options: MonitoringOptions;
}

/** Options by name, with what to give and what it does, as the help lists them. */
export const OPTIONS = {
  out: ['DIR', 'the folder to write to; it is made if it does not exist'],
  namespace: ['NAME', 'metrics.namespace of the application; default: vango'],
  subsystem: ['NAME', 'metrics.subsystem of the application; default: none'],
  'slo-errors': ['SHARE', 'the share of events that shall not fail; default: 0.999'],
  'slo-latency': ['SECONDS:SHARE', 'how many events shall be how fast; default: 0.25:0.99'],
  runbooks: ['URL', 'the page that runbook links lead to; default: docs/metrics.md'],
  format: ['FORMAT', `${FORMATS.join(' or ')}; default: ${FORMATS[0]}`],
  force: [undefined, 'overwrite files that were changed, or that are not of this command'],
  help: [undefined, 'show this'],
} as const satisfies Record<string, readonly [string | undefined, string]>;

/** An objective below this is missed so slowly that the fast alerts could never fire. */
const LEAST_OBJECTIVE = 0.95;
const GREATEST_OBJECTIVE = 0.99999;

/** Reads the arguments of the command. @throws Error that names the option and the remedy */
export function parseOptions(args: readonly string[]): Request {
  const values = parse(args);
  const help = values.help === true;
  const text = (name: Exclude<keyof typeof OPTIONS, 'force' | 'help'>): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  const folder = text('out') ?? '';
  if (folder === '' && !help) throw wrong('out', undefined, 'a folder, such as --out monitoring');
  const namespace = text('namespace') ?? DEFAULTS.namespace;
  if (!NAME_PART.test(namespace))
    throw wrong('namespace', namespace, 'letters, digits and "_", starting with a letter');
  const subsystem = text('subsystem') ?? DEFAULTS.subsystem;
  if (subsystem !== '' && !NAME_PART.test(subsystem))
    throw wrong('subsystem', subsystem, 'letters, digits and "_", starting with a letter');
  const runbooks = text('runbooks') ?? DEFAULTS.runbooks;
  if (!URL.canParse(runbooks) || runbooks.includes('#'))
    throw wrong('runbooks', runbooks, 'the URL of a page, without "#"');
  const format = FORMATS.find(each => each === (text('format') ?? FORMATS[0]));
  if (format === undefined) throw wrong('format', text('format'), FORMATS.join(' or '));
  return {
    help,
    folder,
    force: values.force === true,
    format,
    options: {
      namespace,
      subsystem,
      errorObjective: objective('slo-errors', text('slo-errors')) ?? DEFAULTS.errorObjective,
      ...latency(text('slo-latency')),
      runbooks,
    },
  };
}

function parse(args: readonly string[]): Partial<Record<string, string | boolean>> {
  const options = Object.fromEntries(
    Object.entries(OPTIONS).map(([name, [value]]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  if (positionals[0] !== undefined)
    throw new Error(`${positionals[0]} is not an option; give ${names()}`);
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const known = Object.entries(OPTIONS).find(([name]) => name === token.name);
    if (known === undefined)
      throw new Error(`there is no option ${token.rawName}; give ${names()}`);
    const [name, [value]] = known;
    if (value !== undefined && (!token.value || token.value.startsWith('--')))
      throw new Error(`--${name} needs a value: ${value}`);
    if (value === undefined && token.value !== undefined)
      throw new Error(`--${name} takes no value; give it alone`);
  }
  return values as Partial<Record<string, string | boolean>>;
}

function names(): string {
  return Object.keys(OPTIONS)
    .map(name => `--${name}`)
    .join(', ');
}

function objective(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const share = Number(value);
  if (!(share >= LEAST_OBJECTIVE && share <= GREATEST_OBJECTIVE))
    throw wrong(name, value, `a share from ${LEAST_OBJECTIVE} to ${GREATEST_OBJECTIVE}`);
  return share;
}

function latency(
  value: string | undefined,
): Pick<MonitoringOptions, 'latencyBound' | 'latencyObjective'> {
  if (value === undefined) {
    const { latencyBound, latencyObjective } = DEFAULTS;
    return { latencyBound, latencyObjective };
  }
  const [, bound = '', share] = /^([^:]*):(.*)$/.exec(value) ?? [];
  const latencyBound = Number(bound);
  const latencyObjective = objective('slo-latency', share);
  if (!(latencyBound > 0 && Number.isFinite(latencyBound)) || latencyObjective === undefined)
    throw wrong('slo-latency', value, 'seconds, ":" and a share, such as 0.25:0.99');
  return { latencyBound, latencyObjective };
}

function wrong(name: string, value: string | undefined, remedy: string): Error {
  const given = value === undefined ? 'is missing' : `is ${JSON.stringify(value)}`;
  return new Error(`--${name} ${given}; give ${remedy}`);
}
