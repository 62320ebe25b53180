import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Logger } from '../logger';
import { isPromise } from '../promise';
import type { ClientEvent } from '../protocol';
import { type Params, type RouteMatch, resolveTarget } from '../routing';
import type { App } from '../server/app';
import type { Handshake } from '../server/handshake';
import type { Work } from './queue';
import type { Session } from './session';

/** What a context stands for; middleware runs for all but `connect` and `work`. */
export type CtxKind = 'page' | 'connect' | 'mount' | 'resume' | 'navigate' | 'prefetch' | 'event' | 'work';

/** The signed-in user, as middleware found it. */
export interface User {
  readonly id: string;
  readonly [property: string]: unknown;
}

/** The HTTP response of a page render, buffered until the page is written. */
export interface PageResponse {
  status: number;
  readonly headers: OutgoingHttpHeaders;
  body: string | undefined;
}

/** Where a middleware or handler sent the browser. */
export interface Redirect {
  /** With query and hash. */
  readonly path: string;
  readonly replace: boolean;
  /** HTTP status for page renders. */
  readonly status: 302 | 303 | 307 | 308;
}

/** One unit of work, as middleware and handlers see it. */
export class Ctx {
  /** Route template, `unmatched` when no route matched, `none` before one was looked up. */
  route = 'none';
  params: Params = NO_PARAMS;
  /** Fragment of the URL that a navigation leads to, with its `#`, or ''. */
  hash = '';
  /** The route `path` leads to. */
  match: RouteMatch | undefined = undefined;
  session: Session | undefined = undefined;
  /** The client event; set when `kind` is `event` or `navigate`. */
  event: ClientEvent | undefined = undefined;
  work: Work | undefined = undefined;
  /** The hello being answered; set when `kind` is `connect`. */
  handshake: Handshake | undefined = undefined;
  /** The page request, or the WebSocket upgrade request of a connect, mount or resume. */
  request: IncomingMessage | undefined = undefined;
  /** Set on page renders. */
  response: PageResponse | undefined = undefined;
  /** W3C trace context: what the browser sent, or what an observer set on a page render for the page to carry. */
  traceparent: string | undefined = undefined;
  /** Patches written by this unit of work, and the bytes of their frames. */
  patchCount = 0;
  patchBytes = 0;
  /** Why this unit of work failed, if it did. */
  error: unknown = undefined;
  redirected: Redirect | undefined = undefined;
  /** Set when the unit of work is over. */
  ended = false;
  private values: Record<string, unknown> | undefined = undefined;
  private signedIn: User | undefined = undefined;
  private parsedQuery: URLSearchParams | undefined = undefined;
  private parsedSearch = '';

  /** @param search query string, with or without `?` */
  constructor(
    readonly app: App,
    public kind: CtxKind,
    public path: string,
    public search = '',
  ) {}

  get query(): URLSearchParams {
    if (this.parsedQuery === undefined || this.parsedSearch !== this.search) {
      this.parsedSearch = this.search;
      this.parsedQuery = new URLSearchParams(this.search);
    }
    return this.parsedQuery;
  }

  /** Values middleware leaves for what runs after it. */
  get state(): Record<string, unknown> {
    this.values ??= {};
    return this.values;
  }

  get user(): User | undefined {
    return this.signedIn ?? this.session?.user;
  }

  /** Names the user of this unit of work and, on a live page, of its session. */
  setUser(user: User | undefined): void {
    this.signedIn = user;
    if (this.liveSession !== undefined) this.liveSession.user = user;
  }

  /** The session, where this unit of work may change it. */
  private get liveSession(): Session | undefined {
    return this.kind === 'prefetch' ? undefined : this.session;
  }

  get logger(): Logger {
    return this.app.logger;
  }

  /** A header of the request; undefined for events, which have none. */
  header(name: string): string | undefined {
    const value = this.request?.headers[name.toLowerCase()];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  /** A cookie of the request; undefined for events, which have none. */
  cookie(name: string): string | undefined {
    for (const pair of this.request?.headers.cookie?.split(';') ?? []) {
      const equals = pair.indexOf('=');
      if (pair.slice(0, equals).trim() === name) return decode(pair.slice(equals + 1).trim());
    }
    return undefined;
  }

  /** Sets the HTTP status of a page render; without effect on a live page. */
  status(code: number): void {
    if (this.response !== undefined) this.response.status = code;
  }

  /** Sets a header of a page render; without effect on a live page. */
  setHeader(name: string, value: string | string[]): void {
    if (this.response !== undefined) this.response.headers[name.toLowerCase()] = value;
  }

  /**
   * Sends the browser to another page of this app when the unit of work ends: an HTTP redirect on a page
   * render, a navigation on a live page.
   * @param path of this app, with query and hash; may be relative to the page of this unit of work, as in `?page=2`
   * @throws InvalidPathError when `path` leads out of this app
   */
  navigate(path: string, options: { replace?: boolean } = {}): void {
    this.redirect(path, options.replace === true ? 303 : 302, options.replace === true);
  }

  /**
   * As `navigate`, with the HTTP status for page renders.
   * @throws InvalidPathError when `path` leads out of this app
   */
  redirect(path: string, status: Redirect['status'] = 302, replace = true): void {
    const target = resolveTarget(path, this.path + this.search);
    this.redirected = { path: target.path + target.search + target.hash, replace, status };
  }

  /** Runs `run` later as a unit of work of this session; at once during a page render, never while a page is prefetched. */
  dispatch(run: (ctx: Ctx) => void | Promise<void>): void {
    if (this.kind === 'prefetch') return;
    if (this.session !== undefined) {
      this.session.dispatch(run);
      return;
    }
    const result = run(this);
    if (isPromise(result)) result.then(undefined, error => this.fail(error));
  }

  /**
   * Fires a DOM event `name` with the JSON of `detail` on the page's root element, or on the element `hid`, such as `ctx.event.hid`; without effect on a page
   * render, or when the element is gone.
   */
  emit(name: string, detail?: unknown, hid?: string): void {
    this.liveSession?.emit(name, detail, hid);
  }

  /**
   * Marks this unit of work as failed: an error frame on a live page, an HTTP error status on a page render. The first failure stays.
   */
  fail(error: unknown): void {
    if (this.error !== undefined) return;
    this.error = error ?? new Error('The handler failed without an error value');
    this.app.answerFailure(this);
  }
}

const NO_PARAMS: Params = Object.freeze({});

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
