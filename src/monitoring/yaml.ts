/** What can be written as YAML here. */
export type Yaml =
  | string
  | number
  | boolean
  | readonly Yaml[]
  | { readonly [key: string]: Yaml | undefined };

/** Texts that YAML reads as they are. */
const PLAIN =
  /^(?!(?:true|false|yes|no|on|off|null|y|n)$)(?:[a-z_][\w./-]*(?: [\w./-]+)*|\d+[smhd])$/i;

/** Writes a value as a YAML document. Properties that are undefined are left out. */
export function toYaml(value: Yaml): string {
  return `${block(value, '').trimStart()}\n`;
}

/** A value after its key or dash: on the same line, or on lines of its own. */
function block(value: Yaml, indent: string): string {
  if (typeof value === 'string') return ` ${text(value, indent)}`;
  if (typeof value !== 'object') return ` ${value}`;
  if (isList(value)) {
    if (value.length === 0) return ' []';
    const items = value.map(item => `${indent}-${listItem(item, indent)}`);
    return `\n${items.join('\n')}`;
  }
  const lines = Object.entries(value).flatMap(([key, each]) =>
    each === undefined ? [] : [`${indent}${keyOf(key)}:${block(each, `${indent}  `)}`],
  );
  return lines.length === 0 ? ' {}' : `\n${lines.join('\n')}`;
}

/** A list's item: the first property of an object stands behind the dash. */
function listItem(item: Yaml, indent: string): string {
  const written = block(item, `${indent}  `);
  return written.startsWith('\n') ? ` ${written.trimStart()}` : written;
}

/** A key, on one line. */
function keyOf(key: string): string {
  return PLAIN.test(key) ? key : JSON.stringify(key);
}

function isList(value: object): value is readonly Yaml[] {
  return Array.isArray(value);
}

function text(value: string, indent: string): string {
  if (PLAIN.test(value)) return value;
  const isLegible = /["\n]/.test(value) && !/^\s|\s$|[^\S\n ]/.test(value);
  if (!isLegible) return JSON.stringify(value);
  const lines = value.split('\n').map(line => (line === '' ? '' : `${indent}${line}`));
  return `|-\n${lines.join('\n')}`;
}
