import { ID_LENGTH } from './wire';

const MAX_NAME = 200;

/**
 * The start of a text, as a copy: a part of a long text would keep the whole one in memory. A pair
 * of surrogates that is cut in two becomes a replacement character.
 */
export function cut(text: string, length: number): string {
  return text.length <= length ? text : Buffer.from(text.slice(0, length)).toString();
}

/** The start of a name, a path or an id of a user, which anybody may have chosen. */
export function cutName(name: string): string {
  return cut(name, MAX_NAME);
}

/** The part of a session's id that may be shown. */
export function shortId(id: string): string {
  return id.slice(0, ID_LENGTH);
}

let last = 0;

/** An id that no other row of any process on this host has. */
export function rowId(): string {
  last++;
  return `${process.pid}-${last}`;
}
