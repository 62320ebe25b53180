import { resolvePath, resolveTarget, type Target } from '../src/routing/target';
import { page } from './dom';
import { reportError } from './errors';
import { tabStorage } from './storage';

type Position = readonly [left: number, top: number];

const POSITIONS = '__vango_positions';

/** The address of the page, the scroll positions of its history, and the pending navigation. */
export class History {
  /** The place that the user navigated to, until the server shows it. */
  pending: string | undefined;
  /** Path and query of the page that is shown. */
  private shown = here();
  /** Scroll positions by the key in the state of each history entry. */
  private readonly positions: Record<string, Position> = JSON.parse(
    tabStorage.get(POSITIONS) || '{}',
  );
  /** Where to scroll once the page is shown: a position, or the element of the hash. */
  private scrollTarget: Position | 'hash' | undefined;

  constructor() {
    addEventListener('scroll', () => {
      const key = keyOf(history.state);
      if (key !== undefined) this.positions[key] = [scrollX, scrollY];
    });
    // After a page load, the browser restores the position.
    addEventListener('pagehide', () => {
      tabStorage.set(POSITIONS, JSON.stringify(this.positions));
      history.scrollRestoration = 'auto';
    });
  }

  /**
   * Shows the address that a navigation patch names.
   *
   * @param path - A path of this app; anything else is reported and ignored.
   * @param push - Whether to add a history entry.
   */
  show(path: string, push: boolean): void {
    const target = attempt(() => resolvePath(path));
    if (target === undefined) return;
    this.pending = undefined;
    const place = target.path + target.search;
    // An answer without a hash keeps the hash of the address.
    const hash = target.hash || (place === here() ? location.hash : '');
    this.takeOver();
    if (push) {
      history.pushState({ vango: newKey() }, '', place + hash);
      history.scrollRestoration = 'manual';
      this.scrollTarget = hash === '' ? [0, 0] : 'hash';
    } else {
      history.replaceState(history.state, '', place + hash);
    }
    this.shown = here();
  }

  /** Scrolls to the target of the last navigation, once the page is long enough. */
  restoreScroll(): void {
    const { scrollTarget } = this;
    if (scrollTarget === undefined) return;
    if (scrollTarget === 'hash') {
      const id = decodeHash();
      const element = page.getElementById(id) ?? page.getElementsByName(id)[0];
      if (element === undefined) return;
      element.scrollIntoView();
    } else {
      scrollTo(...scrollTarget);
      if (Math.abs(scrollY - scrollTarget[1]) > 1) return;
    }
    this.scrollTarget = undefined;
  }

  /**
   * Handles a move to another history entry.
   *
   * @returns The page to ask the server for, or undefined if it is shown already.
   */
  traverse(): string | undefined {
    const key = keyOf(history.state);
    this.scrollTarget = this.positions[key ?? ''] ?? (location.hash === '' ? undefined : 'hash');
    if (here() !== this.shown) return here();
    // An entry without a key was created by the browser for a hash; the browser scrolls to it.
    if (key === undefined) this.takeOver();
    else this.restoreScroll();
    this.scrollTarget = undefined;
    return undefined;
  }

  /** Merges parameters into the query. An empty value removes its parameter. */
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
        detail: {
          params: Object.fromEntries(params),
          mode: push ? 'push' : 'replace',
          url: url.href,
        },
      }),
    );
  }

  /** Takes over scroll restoration, because the browser would scroll before the page is shown. */
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

/**
 * Resolves a place of this app relative to the page.
 *
 * @returns The place, or undefined after reporting that the app has no such place.
 */
export function resolve(target: string): Target | undefined {
  return attempt(() => resolveTarget(target, here()));
}

function attempt(resolving: () => Target): Target | undefined {
  try {
    return resolving();
  } catch (error) {
    reportError((error as Error).message);
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
