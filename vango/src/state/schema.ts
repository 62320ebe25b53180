/** Type of a persisted value; `any` where it begins as null, which tells nothing. */
export type TypeTag = 'any' | 'boolean' | 'number' | 'string' | 'array' | 'object';

/** Version of the stored form. */
export const FORMAT_VERSION = 1;

/** What this code persists: types by stable id. */
export type Schema = Readonly<Record<string, TypeTag>>;

const definitions = new Map<string, TypeTag>();

/** Adds a persisted value to what the code of this process persists. */
export function define(id: string, type: TypeTag): void {
  definitions.set(id, type);
}

export function isDefined(id: string): boolean {
  return definitions.has(id);
}

/** The type of a persisted value; `any` for an id that the code does not define. */
export function typeOf(id: string): TypeTag {
  return definitions.get(id) ?? 'any';
}

/** What the code of this process persists. */
export function codeSchema(): Schema {
  return Object.fromEntries(definitions);
}

/** Why a stored value does not fit the code, if it does not. */
export function misfitOf(id: string, stored: TypeTag): 'unknown_id' | 'type' | undefined {
  const wanted = definitions.get(id);
  if (wanted === undefined) return 'unknown_id';
  return isCompatible(stored, wanted) ? undefined : 'type';
}

export function typeTag(value: unknown): TypeTag {
  if (value === null || value === undefined) return 'any';
  if (Array.isArray(value)) return 'array';
  const type = typeof value;
  return type === 'boolean' || type === 'number' || type === 'string' ? type : 'object';
}

function isCompatible(stored: TypeTag, wanted: TypeTag): boolean {
  return stored === wanted || stored === 'any' || wanted === 'any';
}

/**
 * Describes the differences between stored sessions and this code that would lose stored values.
 */
export function schemaConflicts(stored: Schema, code: Schema): string[] {
  return Object.entries(stored).flatMap(([id, was]) => {
    const is = code[id];
    if (is === undefined) return [`${id} was ${was}, is gone`];
    return isCompatible(was, is) ? [] : [`${id} was ${was}, is ${is}`];
  });
}

/** Ids of this code that stored sessions cannot have. */
export function addedIds(stored: Schema, code: Schema): string[] {
  return Object.keys(code).filter(id => !(id in stored));
}

export function encodeSchema(schema: Schema): string {
  return JSON.stringify({ version: FORMAT_VERSION, ids: schema });
}

/** Decodes a record. Returns undefined for one of another version, or any other text. */
export function decodeSchema(record: string): Schema | undefined {
  try {
    const { version, ids } = JSON.parse(record) as { version: number; ids: Schema };
    return version === FORMAT_VERSION && typeof ids === 'object' && ids !== null ? ids : undefined;
  } catch {
    return undefined;
  }
}
