import { ID_LENGTH, SORTS, type Sort, WINDOWS, type WindowName } from './wire';

/** What a view shows. Views that show the same share what is sent. */
export type Topic =
  | { readonly kind: 'overview'; readonly window: WindowName }
  | { readonly kind: 'sessions'; readonly sort: Sort; readonly search: string }
  | { readonly kind: 'session'; readonly id: string }
  | { readonly kind: 'failures'; readonly id: string }
  | { readonly kind: 'slow'; readonly id: string }
  | { readonly kind: 'telemetry' };

const SESSION = new RegExp(`^[0-9a-f]{${ID_LENGTH}}$`);
const SEARCH = new RegExp(`^[0-9a-f]{0,${ID_LENGTH}}$`);
/** Number of a process and a count. */
const ROW = /^(\d{1,10}-\d{1,16})?$/;

const PARSERS: Readonly<Record<string, (first: string, second: string) => Topic | undefined>> = {
  overview: window => (isWindow(window) ? { kind: 'overview', window } : undefined),
  sessions: (sort, search) =>
    isSort(sort) && SEARCH.test(search) ? { kind: 'sessions', sort, search } : undefined,
  session: id => (SESSION.test(id) ? { kind: 'session', id } : undefined),
  failures: id => (ROW.test(id) ? { kind: 'failures', id } : undefined),
  slow: id => (ROW.test(id) ? { kind: 'slow', id } : undefined),
  telemetry: () => ({ kind: 'telemetry' }),
};

/** Reads a topic such as `sessions/memory/4f2a`; undefined for any other text. */
export function parseTopic(text: string): Topic | undefined {
  const [kind = '', first = '', second = '', ...rest] = text.split('/');
  if (rest.length > 0 || !Object.hasOwn(PARSERS, kind)) return undefined;
  return PARSERS[kind]?.(first, second);
}

function isWindow(text: string): text is WindowName {
  return Object.hasOwn(WINDOWS, text);
}

function isSort(text: string): text is Sort {
  return SORTS.some(sort => sort === text);
}
