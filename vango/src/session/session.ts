import {
  HandlerNotFoundError,
  NotAuthorizedError,
  NotFoundError,
  QueueFullError,
  RouteError,
} from '../errors';
import { SessionValues } from '../persist/sessionValues';
import { isPromise, type MaybePromise } from '../promise';
import {
  type ClientEvent,
  type ErrorCode,
  EVENT_TYPES,
  FrameTooLargeError,
  type Patch,
  PatchOp,
} from '../protocol';
import { StormBudget } from '../reactive/storm';
import { inTurn } from '../reactive/turn';
import { InvalidPathError, type Params, type RouteMatch, resolveTarget, type Target } from '../routing';
import type { App } from '../server/app';
import type { Connection } from '../server/connection';
import { callHandler } from '../vdom';
import { Ctx, type Redirect, type User } from './ctx';
import { bodyHtml, bodyInParts, documentParts, fingerprint } from './document';
import { recordInput } from './inputs';
import { Outlet } from './outlet';
import { documentProps } from './page';
import { prefetch } from './prefetch';
import { SerialQueue, Work } from './queue';
import { numbersOf, type Shown } from './shown';
import { PageTree, type TreeChange } from './tree';

/** `attached`: a socket is connected; `detached`: waiting for the browser to come back; `closed`: over. */
export type SessionState = 'attached' | 'detached' | 'closed';

/** Renders that answer one unit of work before the rest is left to the next one: ends loops of effects that write what they read. */
const MAX_FLUSH_CYCLES = 10;
const MAX_REDIRECTS = 10;
/** Pages a browser may have prefetched within one second. */
const MAX_PREFETCHES = 5;

/** The server's side of one browser tab: its page, its state, its queue of work and its way to the browser. */
export class Session {
  state: SessionState = 'detached';
  /** Template of the route shown, `unmatched` for the not-found page. */
  route = 'none';
  params: Params = {};
  path = '/';
  search = '';
  user: User | undefined = undefined;
  /** W3C trace context of the connect, set by an observer; kept with the session so that a later resume can point to it. */
  traceparent: string | undefined = undefined;
  /** Milliseconds since the epoch. */
  createdAt = Date.now();
  lastActive = this.createdAt;
  /** The page render whose document is attached, where the browser says which. */
  page: string | undefined = undefined;
  /** Number of the last event of this document. */
  lastEvent = 0;
  /** What the browser showed when it was last heard of; kept while it is away and the session may move to another process. */
  shown: Shown | undefined = undefined;
  /** Whether this session began in another process. */
  isRevived = false;
  readonly persisted = new SessionValues();
  readonly tree: PageTree;
  readonly outlet: Outlet;
  readonly resourceStarts: StormBudget;
  readonly actionStarts: StormBudget;
  readonly prefetches = new StormBudget('prefetches', MAX_PREFETCHES);
  private match: RouteMatch | undefined;
  private readonly queue: SerialQueue;
  private flushScheduled = false;

  constructor(
    readonly app: App,
    readonly id: string,
    public ip: string,
  ) {
    this.tree = new PageTree(app, this, () => this.scheduleFlush());
    this.outlet = new Outlet(() => app.metrics, app.limits.patchRing);
    this.resourceStarts = new StormBudget('resource loads', app.limits.resourceStarts);
    this.actionStarts = new StormBudget('action runs', app.limits.actionStarts);
    this.queue = new SerialQueue(ctx => this.perform(ctx), app.limits.eventQueue);
  }

  /** Instrumentation surface: the first render of a page on this session, through its middleware. Throws what they throw. */
  mount(ctx: Ctx): MaybePromise<void> {
    return inTurn(ctx, mountPage, ctx);
  }

  /** Instrumentation surface: renders the page again for a browser that came back, through its middleware. Throws what they throw. */
  resume(ctx: Ctx): MaybePromise<void> {
    return inTurn(ctx, resumePage, ctx);
  }

  /**
   * Instrumentation surface: one client event, from middleware to written patches. Never throws or rejects: a failure is answered with
   * an error frame and left in `ctx.error`.
   */
  dispatchEvent(ctx: Ctx): MaybePromise<void> {
    if (ctx.error !== undefined) return;
    return inTurn(ctx, handleEvent, ctx);
  }

  /** Instrumentation surface: one unit of dispatched work, to written patches. Never throws or rejects; see `ctx.error`. */
  dispatchWork(ctx: Ctx): MaybePromise<void> {
    return inTurn(ctx, handleWork, ctx);
  }

  /** Instrumentation surface: work enters the queue here, in the async context of what caused it. */
  enqueueWork(work: Work): void {
    if (this.state === 'closed') return;
    const ctx = this.newCtx('work');
    ctx.work = work;
    if (!this.queue.push(ctx)) {
      this.app.logger.warn(
        `Dispatched work was dropped: ${this.app.limits.eventQueue} units wait in session ${this.id}`,
      );
    }
  }

  /** Runs `run` as a unit of work of this session, after what is queued; from timers and callbacks this is the way to write signals. */
  dispatch(run: (ctx: Ctx) => MaybePromise<void>, cause?: object): void {
    this.enqueueWork(new Work(run, cause));
  }

  /** Fires a DOM event on the element `hid`, or on the page's root element. An element that is gone is no target: browsers would reload the page. */
  emit(name: string, detail: unknown, hid?: string): void {
    if (!this.tree.isRendered) return;
    if (hid !== undefined && this.tree.find(hid) === undefined) {
      this.app.metrics.recordPatchMismatch('unknown_parent');
      return;
    }
    const target = hid ?? documentParts(this.tree.html).root.hid;
    this.write([{ op: PatchOp.Dispatch, hid: target, name, detail: JSON.stringify(detail ?? null) }]);
  }

  /** Takes an event from the wire. */
  receive(event: ClientEvent): void {
    if (this.state !== 'attached') return;
    this.lastEvent = event.seq;
    if (isPrefetch(event)) {
      prefetch(this, event.data);
      return;
    }
    const ctx = this.newCtx(event.type === 'Navigate' ? 'navigate' : 'event');
    ctx.event = event;
    ctx.traceparent = event.traceparent;
    if (event.type === 'Navigate') aimAtRequest(ctx, event.data.path);
    if (this.queue.push(ctx)) return;
    ctx.fail(new QueueFullError(this.app.limits.eventQueue));
    this.dispatchEvent(ctx);
  }

  /** The client applied frames up to `lastSeq` and misses later ones (protocol §11.2). */
  resync(lastSeq: number): void {
    if (lastSeq >= this.outlet.sent) return;
    this.app.metrics.recordPatchMismatch('seq_gap');
    if (this.outlet.replay(lastSeq)) return;
    this.app.metrics.recordPatchMismatch('history_miss');
    this.redraw();
  }

  sendError(code: ErrorCode, message: string): void {
    this.outlet.sendError(code, message);
  }

  /** Takes a socket whose hello was accepted; frames flow from `welcome()` on. */
  attach(connection: Connection): void {
    const replaced = this.outlet.current;
    this.outlet.attach(connection);
    this.state = 'attached';
    this.lastActive = Date.now();
    // A clean close: were another tab at its end, it must not come back for the session.
    replaced?.close(1000, 'Session taken over');
  }

  /**
   * Lets frames through after the hello, and makes a page that was loaded show this session's tree unless it does already.
   * @param rendered fingerprint of the render that the page shows, if known
   */
  welcome(rendered: string | undefined): void {
    this.lastEvent = 0;
    this.outlet.answered = 0;
    this.outlet.start();
    this.tree.renumber();
    if (rendered === fingerprint(this.tree.html)) this.outlet.restart();
    else this.redraw();
    this.welcomed();
  }

  /**
   * As `welcome`, for a page that was live and shows what this session sent it up to frame `lastSeq`: it is sent what it missed, or drawn
   * anew where that is not known.
   */
  welcomeBack(lastSeq: number): void {
    this.outlet.start();
    if (this.isRevived) this.takeOver(lastSeq);
    const missed = this.outlet.catchUp(lastSeq);
    if (missed === undefined) {
      this.redraw();
      // It may have missed a navigation too.
      this.write([historyPatch({ path: this.path, search: this.search, hash: '' }, true)]);
    }
    for (const patches of missed ?? []) this.write([...patches]);
    this.outlet.sendReceipt(this.lastEvent, !this.isRevived);
    this.welcomed();
  }

  private welcomed(): void {
    this.isRevived = false;
    this.shown = undefined;
    if (this.tree.hasPending) this.scheduleFlush();
  }

  /** Goes on with the page as another process left it, if this one renders it the same. */
  private takeOver(lastSeq: number): void {
    const { shown, tree, outlet } = this;
    const isSame =
      shown?.seq === lastSeq &&
      tree.adoptNumbers(shown.numbers) &&
      fingerprint(tree.html) === shown.fingerprint;
    if (isSame) outlet.continueAt(lastSeq);
    else outlet.loseStep();
  }

  /** Notes what the browser shows, for another process that goes on with this session. */
  noteShown(): void {
    if (!this.tree.isRendered || this.shown !== undefined) return;
    const { tree, outlet, lastEvent } = this;
    this.shown = {
      seq: outlet.sent,
      fingerprint: fingerprint(tree.html),
      numbers: numbersOf(tree.html),
      lastEvent,
    };
  }

  /** The socket is gone. Only the socket in use counts: the end of a replaced one changes nothing. */
  detach(connection: Connection): void {
    if (this.outlet.current !== connection || this.state !== 'attached') return;
    this.outlet.detach();
    this.state = 'detached';
    this.lastActive = Date.now();
    if (this.app.persistence !== undefined) {
      this.noteShown();
      void this.app.persistence.save(this);
    } else for (const id of this.persisted.ids) this.app.metrics.recordPersistWriteRejected('transient', id);
    this.app.sessions.detached();
  }

  /** Instrumentation surface: ends the session and frees what its components hold. The socket is the caller's to end. */
  close(): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.queue.clear();
    this.outlet.detach();
    this.tree.dispose();
  }

  /** Estimated bytes this session holds. */
  get memory(): number {
    return 512 + this.outlet.heldBytes + this.tree.memory;
  }

  /** Resolves when no unit of work runs or waits. */
  settled(): Promise<void> {
    return this.queue.settled();
  }

  /** Shows the page `ctx` is aimed at; the innermost step of its middleware. */
  show(ctx: Ctx): TreeChange {
    const match = ctx.match as RouteMatch;
    const props = documentProps(this.app, match, ctx);
    let change: TreeChange = [];
    if (this.tree.isRendered) change = this.tree.replace(props);
    else this.tree.mount(props);
    this.match = match;
    this.route = match.route;
    this.params = match.params;
    this.path = ctx.path;
    this.search = ctx.search;
    return change;
  }

  /** Runs the middleware of the page shown around `innermost`. */
  throughMiddleware(ctx: Ctx, innermost: (ctx: Ctx) => MaybePromise<void>): MaybePromise<void> {
    return this.match === undefined ? innermost(ctx) : this.app.pipeline(this.match)(ctx, innermost);
  }

  /**
   * A form is not submitted again while its submit is under way: one that changed nothing is
   * answered by a frame without patches.
   */
  acknowledge({ event, patchCount }: Ctx): void {
    if (event?.type !== 'Submit' || patchCount > 0) return;
    this.outlet.answered = event.seq;
    this.outlet.sendPatches([], this.route);
  }

  /** Goes where the unit of work wants to, or writes what it changed. */
  conclude(ctx: Ctx): MaybePromise<void> {
    const { redirected } = ctx;
    if (redirected === undefined) return this.flush(ctx);
    ctx.redirected = undefined;
    aim(ctx, redirected.path);
    return this.visit(ctx, redirected.replace);
  }

  /** Renders and writes what changed, then runs effects, until nothing is left to do. */
  flush(ctx?: Ctx): void {
    for (let cycle = 0; this.tree.hasPending; cycle++) {
      if (cycle === MAX_FLUSH_CYCLES) {
        this.app.logger.warn(
          `Effects of ${this.route} keep changing what they read; the rest waits for the next event`,
        );
        return;
      }
      const { change, failures } = this.tree.flush();
      this.writeChange(change, [], ctx);
      if (failures.length > 0) this.throwFirst(failures);
      this.tree.runEffects();
    }
  }

  /**
   * Shows the page `ctx` is aimed at, following redirects of its middleware. Each navigation is answered with a history patch, also a
   * failed one: the browser waits for it.
   */
  async visit(ctx: Ctx, replace: boolean): Promise<void> {
    const origin = { path: this.path, search: this.search, hash: '' };
    let inPlace = replace;
    let shown = false;
    try {
      for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
        const { match } = ctx;
        if (match === undefined) throw new NotFoundError(`No page at ${ctx.path}`);
        ctx.kind = 'navigate';
        await this.app.pipeline(match)(ctx, visited => {
          const change = this.show(visited);
          shown = true;
          this.writeChange(change, [historyPatch(visited, inPlace)], visited);
          this.flush(visited);
        });
        const redirected: Redirect | undefined = ctx.redirected;
        if (redirected === undefined) {
          if (!shown) throw new RouteError(`The navigation to ${ctx.path} was stopped`);
          return;
        }
        ctx.redirected = undefined;
        inPlace = true;
        aim(ctx, redirected.path);
      }
      throw new RouteError(`The navigation to ${ctx.path} was redirected more than ${MAX_REDIRECTS} times`);
    } catch (error) {
      if (!shown) this.write([historyPatch(origin, true)], ctx);
      throw error;
    }
  }

  /** Throws the first failure; a unit of work has one. */
  private throwFirst([first, ...others]: readonly unknown[]): never {
    for (const error of others) this.app.logger.error(`Another component of ${this.route} threw`, error);
    throw first;
  }

  private perform(ctx: Ctx): MaybePromise<void> {
    this.lastActive = Date.now();
    return ctx.kind === 'work' ? this.dispatchWork(ctx) : this.dispatchEvent(ctx);
  }

  private newCtx(kind: Ctx['kind']): Ctx {
    const ctx = new Ctx(this.app, kind, this.path, this.search);
    ctx.session = this;
    ctx.route = this.route;
    ctx.params = this.params;
    ctx.match = this.match;
    return ctx;
  }

  /** A change outside of any unit of work (a process-wide signal, say) becomes one. */
  private scheduleFlush(): void {
    if (this.flushScheduled || !this.queue.idle || !this.outlet.isOpen) return;
    this.flushScheduled = true;
    setImmediate(() => {
      this.flushScheduled = false;
      if (this.tree.hasPending && this.queue.idle) this.dispatch(() => {});
    });
  }

  private writeChange(change: TreeChange, first: Patch[], ctx: Ctx | undefined): void {
    if (change === 'resync') {
      this.redraw();
      this.write(first, ctx);
    } else {
      this.write(first.length === 0 ? change : [...first, ...change], ctx);
    }
  }

  private write(patches: Patch[], ctx?: Ctx): void {
    if (patches.length === 0) return;
    if (ctx?.event !== undefined) this.outlet.answered = ctx.event.seq;
    try {
      const written = this.outlet.sendPatches(patches, this.route);
      if (ctx !== undefined) {
        ctx.patchCount += written.patches;
        ctx.patchBytes += written.bytes;
      }
    } catch (error) {
      if (!(error instanceof FrameTooLargeError)) throw error;
      this.app.metrics.recordPatchMismatch('patch_too_large');
      this.draw();
    }
  }

  /** Has the browser show the whole tree anew: in one frame, in parts, or, which is counted, by loading the page. */
  private redraw(): void {
    if (!this.draw()) this.app.metrics.recordPatchMismatch('patch_too_large');
  }

  /** @returns false when the page fits no frames and is to be loaded */
  private draw(): boolean {
    try {
      this.outlet.sendResync(bodyHtml(this.tree.html));
      return true;
    } catch (error) {
      if (!(error instanceof FrameTooLargeError)) throw error;
      return this.drawInParts();
    }
  }

  private drawInParts(): boolean {
    const { outlet, tree, route } = this;
    const { html, patches } = bodyInParts(tree.html);
    try {
      outlet.sendResync(html);
      outlet.sendPatches(patches, route);
      return true;
    } catch (error) {
      if (!(error instanceof FrameTooLargeError)) throw error;
      outlet.commandReload();
      return false;
    }
  }
}

/** Points a context at the page that `target` names, seen from the page it is at. */
export function aim(ctx: Ctx, target: string): void {
  const { path, search, hash } = resolveTarget(target, ctx.path + ctx.search);
  const match = ctx.app.lookup(path);
  ctx.path = path;
  ctx.search = search;
  ctx.hash = hash;
  ctx.match = match;
  ctx.route = match?.route ?? 'unmatched';
  ctx.params = match?.params ?? {};
}

/** As `aim`, for paths that come from a client: one that is no path leads nowhere. */
export function aimAtRequest(ctx: Ctx, target: string): void {
  try {
    aim(ctx, target);
  } catch (error) {
    if (!(error instanceof InvalidPathError)) throw error;
    ctx.path = target;
    ctx.search = '';
    ctx.hash = '';
    ctx.match = undefined;
    ctx.route = 'unmatched';
    ctx.params = {};
  }
}

/** A path with `://` in it is taken for another origin's by clients of the protocol, also in a query. */
function historyPatch({ path, search, hash }: Target, replace: boolean): Patch {
  const shown = (path + search + hash).replaceAll('://', ':%2F%2F');
  return { op: replace ? PatchOp.NavReplace : PatchOp.NavPush, hid: '', path: shown };
}

/** The one event without an answer: a hint that a page may be wanted soon. */
function isPrefetch(event: ClientEvent): event is Extract<ClientEvent, { type: 'Custom' }> {
  return event.type === 'Custom' && event.hid === 'prefetch';
}

function mountPage(ctx: Ctx): MaybePromise<void> {
  return reach(ctx, mounted => {
    (mounted.session as Session).show(mounted);
  });
}

function resumePage(ctx: Ctx): MaybePromise<void> {
  return reach(ctx, resumed => {
    const session = resumed.session as Session;
    const isElsewhere = resumed.path !== session.path || resumed.search !== session.search;
    if (isElsewhere || !session.tree.isRendered) session.show(resumed);
    session.flush();
  });
}

/**
 * Runs a page's middleware around `show`. Middleware that keeps the page back, perhaps for a redirect, is a refusal: the browser then asks for the page
 * over HTTP, where middleware can answer.
 */
function reach(ctx: Ctx, show: (ctx: Ctx) => void): MaybePromise<void> {
  const { match } = ctx;
  if (match === undefined) throw new NotFoundError(`No page at ${ctx.path}`);
  let reached = false;
  const verify = (): void => {
    if (!reached) throw new NotAuthorizedError(`Middleware kept ${ctx.path} back`);
  };
  const passed = ctx.app.pipeline(match)(ctx, shown => {
    reached = true;
    show(shown);
  });
  return isPromise(passed) ? passed.then(verify) : verify();
}

function handleEvent(ctx: Ctx): MaybePromise<void> {
  return settle(ctx, routeEvent);
}

function handleWork(ctx: Ctx): MaybePromise<void> {
  return settle(ctx, runWork);
}

function routeEvent(ctx: Ctx): MaybePromise<void> {
  const session = ctx.session as Session;
  if (ctx.event?.type === 'Navigate') return session.visit(ctx, ctx.event.data.replace);
  return session.throughMiddleware(ctx, runHandler);
}

function runHandler(ctx: Ctx): MaybePromise<void> {
  return thenConclude(ctx, callEventHandler);
}

function runWork(ctx: Ctx): MaybePromise<void> {
  return thenConclude(ctx, callWork);
}

function callWork(ctx: Ctx): MaybePromise<void> {
  return (ctx.work as Work).run(ctx);
}

function callEventHandler(ctx: Ctx): MaybePromise<void> {
  const event = ctx.event as ClientEvent;
  const { dom } = EVENT_TYPES[event.type];
  const { tree } = ctx.session as Session;
  const element = tree.find(event.hid);
  if (element !== undefined) recordInput(tree.html, element, event);
  const handler = element?.handlers?.[dom];
  if (handler === undefined) {
    ctx.app.metrics.recordPatchMismatch('handler_not_found');
    throw new HandlerNotFoundError(event.hid, dom);
  }
  return callHandler(handler, event, ctx);
}

/** Runs the app's function, then writes what it changed; what it changed before it failed is written too. */
function thenConclude(ctx: Ctx, run: (ctx: Ctx) => MaybePromise<void>): MaybePromise<void> {
  const session = ctx.session as Session;
  let result: MaybePromise<void>;
  try {
    result = run(ctx);
  } catch (error) {
    session.flush(ctx);
    throw error;
  }
  if (!isPromise(result)) return session.conclude(ctx);
  return result.then(
    () => session.conclude(ctx),
    error => {
      session.flush(ctx);
      throw error;
    },
  );
}

/** Ends a unit of work exactly once, whatever its steps did. */
function settle(ctx: Ctx, run: (ctx: Ctx) => MaybePromise<void>): MaybePromise<void> {
  try {
    const result = run(ctx);
    if (isPromise(result)) return result.then(() => leave(ctx)).catch(error => abandon(ctx, error));
    const left = leave(ctx);
    return isPromise(left) ? left.catch(error => abandon(ctx, error)) : left;
  } catch (error) {
    abandon(ctx, error);
  }
}

/** Middleware may have redirected or written signals after the handler's patches were sent. */
function leave(ctx: Ctx): MaybePromise<void> {
  const concluded = (ctx.session as Session).conclude(ctx);
  return isPromise(concluded) ? concluded.then(() => end(ctx)) : end(ctx);
}

function end(ctx: Ctx): void {
  (ctx.session as Session).acknowledge(ctx);
  ctx.ended = true;
}

function abandon(ctx: Ctx, error: unknown): void {
  ctx.fail(error);
  ctx.ended = true;
}
