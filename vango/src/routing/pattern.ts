type ParamName<S extends string> = S extends `${infer Name}(${string})` ? Name : S;
type SegmentParams<S extends string> = S extends `:${infer Rest}` | `*${infer Rest}`
  ? { readonly [K in ParamName<Rest>]: string }
  : unknown;

/** The parameters of a pattern: `PathParams<'/products/:id'>` is `{ id: string }`. */
export type PathParams<P extends string> = P extends `${infer Head}/${infer Tail}`
  ? SegmentParams<Head> & PathParams<Tail>
  : SegmentParams<P>;

/** The values that a parameter of each type accepts. */
const TYPES: Record<string, (value: string) => boolean> = {
  string: () => true,
  int: value => /^-?\d+$/.test(value) && Number.isSafeInteger(Number(value)),
  uint: value => /^\d+$/.test(value) && Number.isSafeInteger(Number(value)),
  uuid: value => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value),
};

/** One segment of a pattern. */
export type Segment =
  | { readonly kind: 'static'; readonly text: string }
  | {
      readonly kind: 'param';
      readonly name: string;
      readonly type: string;
      accepts(value: string): boolean;
    }
  | { readonly kind: 'rest'; readonly name: string };

const PARAM = /^:([A-Za-z_]\w*)(?:\((\w+)\))?$/;
const REST = /^\*([A-Za-z_]\w*)$/;

/**
 * Parses a pattern such as `/products/:id(int)` or `/files/*rest`.
 *
 * @throws TypeError that says what is wrong with the pattern
 */
export function parsePattern(pattern: string): Segment[] {
  const fault = (why: string): TypeError =>
    new TypeError(`Route ${JSON.stringify(pattern)}: ${why}`);
  if (typeof pattern !== 'string' || !pattern.startsWith('/'))
    throw fault('a pattern starts with a slash, as in "/products/:id"');
  if (pattern === '/') return [];
  const names = new Set<string>();
  const parts = pattern.slice(1).split('/');
  return parts.map((part, index) => {
    if (part === '') throw fault('it has an empty segment; leave out doubled and trailing slashes');
    const segment = parseSegment(part, fault);
    if (segment.kind === 'static') return segment;
    if (names.has(segment.name)) throw fault(`the parameter ${segment.name} is named twice`);
    names.add(segment.name);
    if (segment.kind === 'rest' && index < parts.length - 1)
      throw fault(`*${segment.name} must be the last segment`);
    return segment;
  });
}

function parseSegment(part: string, fault: (why: string) => TypeError): Segment {
  if (part.startsWith(':')) {
    const [, name, type = 'string'] = PARAM.exec(part) ?? [];
    if (name === undefined) throw fault(`${part} is not a parameter; write :name or :name(type)`);
    const accepts = TYPES[type];
    if (accepts === undefined)
      throw fault(
        `unknown type ${type} of :${name}; the types are ${Object.keys(TYPES).join(', ')}`,
      );
    return { kind: 'param', name, type, accepts };
  }
  if (part.startsWith('*')) {
    const [, name] = REST.exec(part) ?? [];
    if (name === undefined) throw fault(`${part} is not a catch-all; write *name`);
    return { kind: 'rest', name };
  }
  return { kind: 'static', text: part };
}
