/** The text formats of Prometheus that are written. */
export type Format = 'text' | 'openMetrics';
export type Encoding = 'identity' | 'gzip';

interface MediaType {
  readonly type: string;
  readonly subtype: string;
  readonly parameters: ReadonlyMap<string, string>;
}

export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openMetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};
/** What commas, and semicolons within, divide outside of quotes. */
const ENTRIES = /(?:[^,"]|"[^"]*"?)+/g;
const PARTS = /(?:[^;"]|"[^"]*"?)+/g;
const FORMATS: ReadonlyArray<[Format, MediaType]> = [
  ['text', mediaType(CONTENT_TYPES.text)],
  ['openMetrics', mediaType(CONTENT_TYPES.openMetrics)],
];
/** Parameters that tell formats apart. Others, such as `escaping`, change nothing here. */
const DISTINCTIVE: ReadonlySet<string> = new Set(['version', 'charset']);

/** An entry of an Accept header that fits. */
interface Match {
  readonly quality: number;
  /** How exactly it says what it accepts. */
  readonly precision: number;
  /** Its place in the header. */
  readonly place: number;
}

/**
 * The format that an `Accept` header asks for: of those that it accepts, the one of the highest
 * quality; then the one it names more exactly, then the one it names first.
 *
 * @returns undefined if it accepts none
 */
export function formatFor(accept: string | undefined): Format | undefined {
  const ranges = entriesOf(accept);
  if (ranges.length === 0) return 'text';
  let best: (Match & { readonly format: Format }) | undefined;
  for (const [format, type] of FORMATS) {
    const match = matchOf(ranges, type);
    if (match === undefined || match.quality === 0) continue;
    if (best === undefined || isBetter(match, best)) best = { ...match, format };
  }
  return best?.format;
}

/**
 * The encoding that an `Accept-Encoding` header asks for; gzip only if it is named.
 *
 * @returns undefined if it accepts none
 */
export function encodingFor(acceptEncoding: string | undefined): Encoding | undefined {
  const qualities = new Map<string, number>();
  for (const { name, quality } of entriesOf(acceptEncoding)) qualities.set(name, quality);
  const others = qualities.get('*') ?? 0;
  const gzip = qualities.get('gzip') ?? qualities.get('x-gzip');
  // Identity is acceptable unless it is excluded, but whoever names gzip prefers that.
  const identity = qualities.get('identity') ?? (qualities.get('*') === 0 ? 0 : undefined);
  if (gzip !== undefined && gzip > 0 && gzip >= (identity ?? 0)) return 'gzip';
  if (identity !== 0) return 'identity';
  return (gzip ?? others) > 0 ? 'gzip' : undefined;
}

/** An entry of a header that lists preferences. */
interface Entry {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** 0 to 1; 0 refuses. */
  readonly quality: number;
}

/** The entries of a header. Those that are malformed say nothing. */
function entriesOf(header = ''): Entry[] {
  return (header.match(ENTRIES) ?? []).flatMap(entry => {
    const { name, parameters } = parse(entry);
    const quality = qualityOf(parameters.get('q'));
    return name === '' || quality === undefined ? [] : [{ name, parameters, quality }];
  });
}

function qualityOf(text = '1'): number | undefined {
  return /^(?:0(?:\.\d*)?|1(?:\.0*)?)$/.test(text) ? Number(text) : undefined;
}

function parse(entry: string): { name: string; parameters: Map<string, string> } {
  const [name = '', ...rest] = entry.match(PARTS) ?? [];
  const parameters = new Map<string, string>();
  for (const parameter of rest) {
    const [key = '', ...values] = parameter.split('=');
    const value = values.join('=').trim();
    parameters.set(key.trim().toLowerCase(), value.replace(/^"(.*)"$/s, '$1').toLowerCase());
  }
  return { name: name.trim().toLowerCase(), parameters };
}

function mediaType(text: string): MediaType {
  const { name, parameters } = parse(text);
  const [type = '', subtype = ''] = name.split('/');
  return { type, subtype, parameters };
}

/** The most exact entry that fits a media type. */
function matchOf(ranges: readonly Entry[], { type, subtype, parameters }: MediaType) {
  let best: Match | undefined;
  for (const [place, range] of ranges.entries()) {
    const names = [...range.parameters].filter(([name]) => DISTINCTIVE.has(name));
    const isSame = names.every(([name, value]) => parameters.get(name) === value);
    const level = [`*/*`, `${type}/*`, `${type}/${subtype}`].indexOf(range.name);
    if (level < 0 || !isSame) continue;
    const match = { quality: range.quality, precision: level + names.length, place };
    if (best === undefined || match.precision > best.precision) best = match;
  }
  return best;
}

function isBetter(one: Match, other: Match): boolean {
  if (one.quality !== other.quality) return one.quality > other.quality;
  if (one.precision !== other.precision) return one.precision > other.precision;
  return one.place < other.place;
}
