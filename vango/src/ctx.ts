import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Logger } from './logger';
import type { MaybePromise } from './maybePromise';
import type { ClientEvent } from './protocol';

/** What a unit of work is; middleware runs for all kinds but `connect` and `work`. */
export type CtxKind =
  | 'page'
  | 'connect'
  | 'mount'
  | 'resume'
  | 'navigate'
  | 'prefetch'
  | 'event'
  | 'work';

/** Parameters of a route, by name. */
export type Params = Readonly<Record<string, string>>;

/** The signed-in user, as middleware found it. */
export interface User {
  readonly id: string;
  readonly [property: string]: unknown;
}

/** The HTTP response of a page render. It is buffered until the page is written. */
export interface PageResponse {
  status: number;
  readonly headers: OutgoingHttpHeaders;
  body: string | undefined;
}

/** Where a middleware or a handler sends the browser. */
export interface Redirect {
  /** Path with query and hash. */
  readonly path: string;
  readonly replace: boolean;
  /** HTTP status for page renders. */
  readonly status: 302 | 303 | 307 | 308;
}

/** What a reader of the source calls a handler. */
export interface HandlerNames {
  /** Name of the component that has the element; `Component` for one without a name. */
  readonly component: string;
  /** Name of the function, or such as `Cart.onClick` for one that is written in place. */
  readonly name: string;
}

/** What a unit of work needs of its session. */
export interface CtxSession {
  /** 32 hexadecimal digits. */
  readonly id: string;
  /** Template of the route that the session shows. */
  readonly route: string;
  user: User | undefined;
  /** @param cause - the run of a resource or action whose result `run` applies */
  dispatch(run: (ctx: Ctx) => MaybePromise<void>, cause?: object): void;
  emit(name: string, detail: unknown, hid?: string): void;
}

/** One unit of work, as middleware and handlers see it. */
export interface Ctx {
  readonly kind: CtxKind;
  readonly path: string;
  /** Query string with its `?`, or an empty string. */
  readonly search: string;
  readonly query: URLSearchParams;
  /** Fragment of the URL that a navigation leads to, with its `#`, or an empty string. */
  readonly hash: string;
  /** Route template; `unmatched` when no route matches, `none` before one was looked up. */
  readonly route: string;
  readonly params: Params;
  readonly session: CtxSession | undefined;
  /** The client event; set when `kind` is `event` or `navigate`. */
  readonly event: ClientEvent | undefined;
  /** The page request, or the WebSocket upgrade request of a connect, mount or resume. */
  readonly request: IncomingMessage | undefined;
  /** The response of a page render; undefined for all other kinds. */
  readonly response: PageResponse | undefined;
  /** W3C trace context that the browser sent, or that an observer set for the page to carry. */
  traceparent: string | undefined;
  /** Number of patches that this unit of work wrote. */
  readonly patchCount: number;
  /** Bytes of the frames that carried these patches. */
  readonly patchBytes: number;
  /**
   * Instrumentation surface: the handler that the event was given to; undefined before, and for
   * other units of work. It costs nothing until it is read.
   */
  readonly handler: HandlerNames | undefined;
  /**
   * Instrumentation surface: an observer that sets an empty list before the event runs finds in it
   * why components rendered again, such as `persisted cart`, `resource stock`, `action order`,
   * `parameter id`, `query page`, `route` or `signal of Cart`. At most five causes are named.
   */
  renderCauses: string[] | undefined;
  /** Why this unit of work failed, if it did. */
  readonly error: unknown;
  /** Values that a middleware leaves for what runs after it. */
  readonly state: Record<string, unknown>;
  readonly user: User | undefined;
  readonly logger: Logger;
  /** Names the user of this unit of work and, on a live page, of its session. */
  setUser(user: User | undefined): void;
  /** A header of the request. Events have none. */
  header(name: string): string | undefined;
  /** A cookie of the request. Events have none. */
  cookie(name: string): string | undefined;
  /** Sets the HTTP status of a page render. Has no effect on a live page. */
  status(code: number): void;
  /** Sets a header of a page render. Has no effect on a live page. */
  setHeader(name: string, value: string | string[]): void;
  /**
   * Sends the browser to another page of this app when the unit of work ends: by an HTTP redirect
   * on a page render, by a navigation on a live page.
   *
   * @param path - path of this app with query and hash; may be relative, such as `?page=2`
   * @throws InvalidPathError when `path` leads out of this app
   */
  navigate(path: string, options?: { replace?: boolean }): void;
  /**
   * The same as `navigate`, with the HTTP status for page renders.
   *
   * @throws InvalidPathError when `path` leads out of this app
   */
  redirect(path: string, status?: Redirect['status'], replace?: boolean): void;
  /**
   * Runs `run` later as a unit of work of this session. It runs at once during a page render, and
   * never while a page is prefetched.
   */
  dispatch(run: (ctx: Ctx) => MaybePromise<void>): void;
  /**
   * Fires the DOM event `name` with the JSON of `detail` on the page's root element, or on the
   * element `hid`, such as `ctx.event.hid`. Has no effect on a page render, or when the element is
   * gone.
   */
  emit(name: string, detail?: unknown, hid?: string): void;
  /**
   * Marks this unit of work as failed: an error frame on a live page, an HTTP error status on a
   * page render. Only the first failure counts.
   */
  fail(error: unknown): void;
}
