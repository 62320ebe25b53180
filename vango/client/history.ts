/** The page's URL and the navigation that awaits the server's answer. */
export class History {
  /** Where the user wants to go, until the server shows it: a lost connection goes there over HTTP. */
  pending: string | undefined;
  /** Path and query of the page shown. */
  private shown = here();

  /** Shows a path of the server's. Anything else than a path of this origin is refused. */
  show(path: string, push: boolean): void {
    if (!path.startsWith('/') || path.startsWith('//') || path.includes('://')) {
      console.error(`[vango] refused to navigate to ${path}`);
      return;
    }
    this.pending = undefined;
    if (push) history.pushState(null, '', path);
    else history.replaceState(null, '', path);
    this.shown = here();
    if (push) scrollTo(0, 0);
  }

  /** Whether the address is another page's, not just another place of the page shown. */
  get hasMoved(): boolean {
    return here() !== this.shown;
  }

  /** Merges parameters into the query; empty values take theirs out. */
  setQuery(params: Array<[string, string]>, push: boolean): void {
    const url = new URL(location.href);
    for (const [key, value] of params) {
      if (value === '') url.searchParams.delete(key);
      else url.searchParams.set(key, value);
    }
    if (push) history.pushState(null, '', url);
    else history.replaceState(null, '', url);
    this.shown = here();
    document.dispatchEvent(
      new CustomEvent('vango:url', {
        detail: { params: Object.fromEntries(params), mode: push ? 'push' : 'replace', url: url.href },
      }),
    );
  }
}

/** Path and query of the address. */
export function here(): string {
  return location.pathname + location.search;
}
