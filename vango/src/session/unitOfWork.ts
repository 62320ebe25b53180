import type { IncomingMessage } from 'node:http';
import type { Ctx, CtxKind, HandlerNames, PageResponse, Params, Redirect, User } from '../ctx';
import type { Logger } from '../logger';
import { isPromise, type MaybePromise } from '../maybePromise';
import type { ClientEvent } from '../protocol';
import type { ScopeSession } from '../reactive/scope';
import { type RouteMatch, resolveTarget } from '../routing';
import { type Handlers, namesOf } from '../vdom';

/** What units of work need of the application. */
export interface UnitHost {
  readonly logger: Logger;
  /** Answers a unit of work that failed: its response or its browser. */
  answerFailure(unit: UnitOfWork): void;
}

/** Work that no client event caused: what was passed to `dispatch`. */
export class Work {
  /** @param cause - the run of a resource or action whose result is applied */
  constructor(
    readonly run: (ctx: Ctx) => MaybePromise<void>,
    readonly cause?: object,
  ) {}
}

/** One unit of work: an event, dispatched work, a page render, a connect, a mount or a resume. */
export class UnitOfWork implements Ctx {
  route = 'none';
  params: Params = NO_PARAMS;
  hash = '';
  /** The route that `path` leads to. */
  match: RouteMatch | undefined = undefined;
  session: ScopeSession | undefined = undefined;
  event: ClientEvent | undefined = undefined;
  /** Those of the element that got the event. */
  handlers: Handlers | undefined = undefined;
  renderCauses: string[] | undefined = undefined;
  work: Work | undefined = undefined;
  request: IncomingMessage | undefined = undefined;
  response: PageResponse | undefined = undefined;
  traceparent: string | undefined = undefined;
  patchCount = 0;
  patchBytes = 0;
  /** Milliseconds in which it rendered what it changed. */
  renderMilliseconds = 0;
  // Of a client event: readings of `performance.now()`, which are 0 before their time.
  /** When the event was received. */
  receivedAt = 0;
  /** When it left the queue of its session. */
  startedAt = 0;
  /** When its last patches were written. */
  handledAt = 0;
  /** When the browser acknowledged these. */
  shownAt = 0;
  /** The route at which the event was received, whichever it leads to. */
  routeAtReceipt = 'none';
  /** Seconds of the last round trip to the browser when it showed the changes; undefined before. */
  networkTime: number | undefined = undefined;
  /** Number of the last frame that it wrote. */
  lastFrame = 0;
  /** The next event whose frames the browser has not acknowledged. */
  nextAwaited: UnitOfWork | undefined = undefined;
  error: unknown = undefined;
  redirected: Redirect | undefined = undefined;
  /** Whether the unit of work is over; `inTurn()` sets it. */
  ended = false;
  private values: Record<string, unknown> | undefined = undefined;
  private signedIn: User | undefined = undefined;
  private parsedQuery: URLSearchParams | undefined = undefined;
  private parsedSearch = '';

  /** @param search - query string, with or without `?` */
  constructor(
    protected readonly host: UnitHost,
    public kind: CtxKind,
    public path: string,
    public search = '',
  ) {}

  /** Seconds that the event waited in the queue; undefined for one that was not handled. */
  get queueTime(): number | undefined {
    return this.startedAt === 0 ? undefined : seconds(this.startedAt - this.receivedAt);
  }

  /** Seconds from leaving the queue to the last patches being written. */
  get handlingTime(): number {
    return seconds(this.handledAt - this.startedAt);
  }

  /** Seconds in which this unit of work rendered what it changed. */
  get renderTime(): number {
    return this.renderMilliseconds / 1000;
  }

  /** Seconds from the receipt of the event to the acknowledgement of its last patches. */
  get perceivedTime(): number {
    return seconds(this.shownAt - this.receivedAt);
  }

  /**
   * Seconds of the perceived time that the browser took: the rest, which may be less than 0 where
   * the network was faster than at its last round trip.
   */
  get browserTime(): number {
    const { perceivedTime, queueTime = 0, handlingTime, networkTime = 0 } = this;
    return perceivedTime - queueTime - handlingTime - networkTime;
  }

  get query(): URLSearchParams {
    if (this.parsedQuery === undefined || this.parsedSearch !== this.search) {
      this.parsedSearch = this.search;
      this.parsedQuery = new URLSearchParams(this.search);
    }
    return this.parsedQuery;
  }

  get handler(): HandlerNames | undefined {
    const { handlers, event } = this;
    return handlers === undefined || event === undefined
      ? undefined
      : namesOf(handlers, event.type);
  }

  get state(): Record<string, unknown> {
    this.values ??= {};
    return this.values;
  }

  get user(): User | undefined {
    return this.signedIn ?? this.session?.user;
  }

  setUser(user: User | undefined): void {
    this.signedIn = user;
    if (this.liveSession !== undefined) this.liveSession.user = user;
  }

  /** The session, where this unit of work may change it. */
  private get liveSession(): ScopeSession | undefined {
    return this.kind === 'prefetch' ? undefined : this.session;
  }

  get logger(): Logger {
    return this.host.logger;
  }

  header(name: string): string | undefined {
    const value = this.request?.headers[name.toLowerCase()];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  cookie(name: string): string | undefined {
    for (const pair of this.request?.headers.cookie?.split(';') ?? []) {
      const equals = pair.indexOf('=');
      if (pair.slice(0, equals).trim() === name) return decode(pair.slice(equals + 1).trim());
    }
    return undefined;
  }

  status(code: number): void {
    if (this.response !== undefined) this.response.status = code;
  }

  setHeader(name: string, value: string | string[]): void {
    if (this.response !== undefined) this.response.headers[name.toLowerCase()] = value;
  }

  navigate(path: string, options: { replace?: boolean } = {}): void {
    this.redirect(path, options.replace === true ? 303 : 302, options.replace === true);
  }

  redirect(path: string, status: Redirect['status'] = 302, replace = true): void {
    const target = resolveTarget(path, this.path + this.search);
    this.redirected = { path: target.path + target.search + target.hash, replace, status };
  }

  dispatch(run: (ctx: Ctx) => MaybePromise<void>): void {
    if (this.kind === 'prefetch') return;
    if (this.session !== undefined) {
      this.session.dispatch(run);
      return;
    }
    const result = run(this);
    if (isPromise(result)) result.then(undefined, error => this.fail(error));
  }

  emit(name: string, detail?: unknown, hid?: string): void {
    this.liveSession?.emit(name, detail, hid);
  }

  fail(error: unknown): void {
    if (this.error !== undefined) return;
    this.error = error ?? new Error('The handler failed without an error value');
    this.host.answerFailure(this);
  }
}

/** A clock that a test replaces may go back. */
function seconds(milliseconds: number): number {
  return Math.max(0, milliseconds) / 1000;
}

const NO_PARAMS: Params = Object.freeze({});

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
