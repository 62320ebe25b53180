import { resolveTarget } from '../src/routing/target';
import { complain } from './complain';
import { page } from './dom';
import { tabStorage } from './storage';

type Position = readonly [left: number, top: number];

const POSITIONS = '__vango_positions';

/** The page's URL, how far each entry of its history is scrolled, and the navigation that awaits the server's answer. */
export class History {
  /** Where the user wants to go, until the server shows it. */
  pending: string | undefined;
  /** Path and query of the page shown. */
  private shown = here();
  /** How far entries are scrolled, by the keys in their states. */
  private readonly positions: Record<string, Position> = JSON.parse(tabStorage.get(POSITIONS) || '{}');
  /** Where the page is to be scrolled to once it is shown: a position, or the element of the hash. */
  private aim: Position | 'hash' | undefined;

  constructor() {
    addEventListener('scroll', () => {
      const key = keyOf(history.state);
      if (key !== undefined) this.positions[key] = [scrollX, scrollY];
    });
    // The browser restores what it loads.
    addEventListener('pagehide', () => {
      tabStorage.set(POSITIONS, JSON.stringify(this.positions));
      history.scrollRestoration = 'auto';
    });
  }

  /** Shows a path of the server's. Anything else than a path of this app is refused. */
  show(path: string, push: boolean): void {
    const target = path.startsWith('/') ? resolve(path) : complain(`Refused to navigate to ${path}`);
    if (!target) return;
    this.pending = undefined;
    const place = target.path + target.search;
    // An answer without a hash takes none away.
    const hash = target.hash || (place === here() ? location.hash : '');
    this.takeOver();
    if (push) {
      history.pushState({ vango: newKey() }, '', place + hash);
      history.scrollRestoration = 'manual';
      this.aim = hash === '' ? [0, 0] : 'hash';
    } else {
      history.replaceState(history.state, '', place + hash);
    }
    this.shown = here();
  }

  /** What the page shows has come: it is scrolled to where it should be, as far as it is long enough. */
  settle(): void {
    const { aim } = this;
    if (aim === undefined) return;
    if (aim === 'hash') {
      const id = decodeHash();
      const element = page.getElementById(id) ?? page.getElementsByName(id)[0];
      if (element === undefined) return;
      element.scrollIntoView();
    } else {
      scrollTo(...aim);
      if (Math.abs(scrollY - aim[1]) > 1) return;
    }
    this.aim = undefined;
  }

  /** The user came to another entry. @returns the page to be asked for, unless it is the one shown */
  moved(): string | undefined {
    const key = keyOf(history.state);
    this.aim = this.positions[key ?? ''] ?? (location.hash === '' ? undefined : 'hash');
    if (here() !== this.shown) return here();
    // Without a key this is an entry that the browser made for a hash, and scrolled.
    if (key === undefined) this.takeOver();
    else this.settle();
    this.aim = undefined;
    return undefined;
  }

  /** Merges parameters into the query; empty values take theirs out. */
  setQuery(params: Array<[string, string]>, push: boolean): void {
    const url = new URL(location.href);
    for (const [key, value] of params) {
      if (value === '') url.searchParams.delete(key);
      else url.searchParams.set(key, value);
    }
    if (push) {
      this.takeOver();
      history.pushState({ vango: newKey() }, '', url);
    } else {
      history.replaceState(history.state, '', url);
    }
    this.shown = here();
    page.dispatchEvent(
      new CustomEvent('vango:url', {
        detail: { params: Object.fromEntries(params), mode: push ? 'push' : 'replace', url: url.href },
      }),
    );
  }

  /** Restores this entry from now on, in the place of the browser, which would do so before the page is there. */
  private takeOver(): void {
    let key = keyOf(history.state);
    if (key === undefined) {
      key = newKey();
      history.replaceState({ ...history.state, vango: key }, '');
      this.positions[key] = [scrollX, scrollY];
    }
    history.scrollRestoration = 'manual';
  }
}

/** A place of this app, seen from the page; complains of what is none. */
export function resolve(target: string): ReturnType<typeof resolveTarget> | undefined {
  try {
    return resolveTarget(target, here());
  } catch (error) {
    complain((error as Error).message);
    return undefined;
  }
}

/** Path and query of the address. */
export function here(): string {
  return location.pathname + location.search;
}

function keyOf(state: { vango?: string } | null): string | undefined {
  return state?.vango;
}

function newKey(): string {
  return Math.random().toString(36).slice(2);
}

function decodeHash(): string {
  const hash = location.hash.slice(1);
  try {
    return decodeURIComponent(hash);
  } catch {
    return hash;
  }
}
