import type { Ctx, User } from '../ctx';
import { QueueFullError } from '../errors';
import type { MaybePromise } from '../maybePromise';
import type { ResyncCause } from '../metrics';
import { type ClientEvent, type ErrorCode, PatchOp } from '../protocol';
import { RateLimiter } from '../reactive/rateLimiter';
import { inTurn } from '../reactive/turn';
import type { RouteMatch } from '../routing';
import type { SessionState, Shown } from '../state/blob';
import { SessionValues } from '../state/sessionValues';
import { documentParts, fingerprint } from './document';
import type { SessionHost } from './host';
import { LivePage } from './livePage';
import { historyPatch, renderThroughMiddleware, setUntrustedTarget } from './navigation';
import { prefetch } from './prefetch';
import { SerialQueue } from './queue';
import { runEvent, runWork } from './runUnit';
import { numbersOf } from './shown';
import type { SessionSocket } from './socket';
import { UnitOfWork, Work } from './unitOfWork';

/** Pages that a browser may have prefetched within one second. */
const MAX_PREFETCHES = 5;

/** The server's side of one browser tab: its page, its state and its queue of units of work. */
export class Session extends LivePage {
  state: SessionState = 'detached';
  user: User | undefined = undefined;
  /**
   * W3C trace context of the connect, set by an observer. It is stored with the session, so that a
   * later resume can point to it.
   */
  traceparent: string | undefined = undefined;
  /** Milliseconds since the epoch. */
  createdAt = Date.now();
  /** Milliseconds since the epoch. */
  lastActive = this.createdAt;
  /** The page render whose document is attached, where the browser says which. */
  page: string | undefined = undefined;
  /** Number of the last event of this document. */
  lastEvent = 0;
  /**
   * What the browser showed when it was last heard of. Kept while it is away, since another process
   * may continue the session.
   */
  shown: Shown | undefined = undefined;
  /** Whether this session began in another process. */
  isRevived = false;
  readonly persisted = new SessionValues();
  readonly resourceStarts: RateLimiter;
  readonly actionStarts: RateLimiter;
  private readonly prefetches: RateLimiter;
  private readonly queue: SerialQueue<UnitOfWork>;
  private isFlushScheduled = false;

  /** @param id - 32 hexadecimal digits */
  constructor(
    host: SessionHost,
    readonly id: string,
    public ip: string,
  ) {
    super(host);
    const { limits } = host;
    this.resourceStarts = new RateLimiter('resource', limits.resourceStarts, host);
    this.actionStarts = new RateLimiter('action', limits.actionStarts, host);
    this.prefetches = new RateLimiter('prefetch', MAX_PREFETCHES, host);
    this.queue = new SerialQueue(unit => this.perform(unit), limits.eventQueue);
  }

  /**
   * Instrumentation surface: the first render of a page on this session, through its middleware.
   * Throws or rejects as they do.
   */
  mount(unit: UnitOfWork): MaybePromise<void> {
    return inTurn(unit, mountPage, this, unit);
  }

  /**
   * Instrumentation surface: renders the page again for a browser that came back, through its
   * middleware. Throws or rejects as they do.
   */
  resume(unit: UnitOfWork): MaybePromise<void> {
    return inTurn(unit, resumePage, this, unit);
  }

  /**
   * Instrumentation surface: one client event, from middleware to written patches. Never throws or
   * rejects: a failure is answered by an error frame and left in `unit.error`.
   */
  dispatchEvent(unit: UnitOfWork): MaybePromise<void> {
    return inTurn(unit, runEvent, this, unit);
  }

  /**
   * Instrumentation surface: one client event that does not run, because the queue is full. It is
   * answered by an error frame and left in `unit.error`.
   */
  refuseEvent(unit: UnitOfWork): void {
    unit.fail(new QueueFullError(this.host.limits.eventQueue));
  }

  /**
   * Instrumentation surface: the browser has acknowledged what a client event changed on the page.
   * The event has been handled before. Its times say how long its user has waited, and for what.
   */
  override eventShown(unit: UnitOfWork): void {
    this.host.metrics.recordEventPerceived(unit.routeAtReceipt, unit.perceivedTime);
  }

  /**
   * Instrumentation surface: one unit of dispatched work, to written patches. Never throws or
   * rejects: a failure is left in `unit.error`.
   */
  dispatchWork(unit: UnitOfWork): MaybePromise<void> {
    return inTurn(unit, runWork, this, unit);
  }

  /** Instrumentation surface: work enters the queue here, in the async context of its cause. */
  enqueueWork(work: Work): void {
    if (this.state === 'closed') return;
    const unit = this.newUnit('work');
    unit.work = work;
    if (this.queue.push(unit)) return;
    const { limits, logger, metrics } = this.host;
    metrics.recordBudgetRefusal('queue');
    logger.warn(
      `Dispatched work was dropped: ${limits.eventQueue} units wait in session ${this.id}`,
    );
  }

  /**
   * Runs `run` as a unit of work of this session, after what is queued. Timers and callbacks write
   * signals this way.
   */
  dispatch(run: (ctx: Ctx) => MaybePromise<void>, cause?: object): void {
    this.enqueueWork(new Work(run, cause));
  }

  /**
   * Fires a DOM event on the element `hid`, or on the root element of the page. An element that is
   * gone cannot be a target: browsers would reload the page.
   */
  emit(name: string, detail: unknown, hid?: string): void {
    if (!this.tree.isRendered) return;
    if (hid !== undefined && this.tree.find(hid) === undefined) {
      this.host.metrics.recordPatchMismatch('unknown_parent');
      return;
    }
    const target = hid ?? documentParts(this.tree.html).root.hid;
    const json = JSON.stringify(detail ?? null);
    this.write([{ op: PatchOp.Dispatch, hid: target, name, detail: json }]);
  }

  /** Takes an event from the wire. */
  receive(event: ClientEvent): void {
    if (this.state !== 'attached') return;
    this.lastEvent = event.seq;
    if (isPrefetch(event)) {
      prefetch(this, this.prefetches, event.data);
      return;
    }
    const unit = this.newUnit(event.type === 'Navigate' ? 'navigate' : 'event');
    unit.receivedAt = performance.now();
    unit.event = event;
    unit.traceparent = event.traceparent;
    if (event.type === 'Navigate') setUntrustedTarget(unit, event.data.path, this.host);
    unit.routeAtReceipt = unit.route;
    if (this.queue.push(unit)) return;
    this.host.metrics.recordBudgetRefusal('queue');
    this.refuseEvent(unit);
  }

  /**
   * Answers a client that applied frames up to `lastSeq` and misses later ones (docs/protocol.md,
   * section 11.2).
   */
  resync(lastSeq: number): void {
    if (lastSeq >= this.channel.sent) return;
    this.host.metrics.recordPatchMismatch('seq_gap');
    if (this.channel.replay(lastSeq)) return;
    this.host.metrics.recordPatchMismatch('history_miss');
    this.redraw('history_miss');
  }

  sendError(code: ErrorCode, message: string): void {
    this.channel.sendError(code, message);
  }

  /** Takes a socket whose hello was accepted. Frames flow after `welcome()`. */
  attach(socket: SessionSocket): void {
    const replaced = this.channel.current;
    this.channel.attach(socket);
    this.state = 'attached';
    this.lastActive = Date.now();
    // A clean close: if another tab is at its other end, it must not come back for the session.
    replaced?.close('taken_over');
  }

  /**
   * Lets frames through after the hello, and redraws the page unless the browser shows it.
   *
   * @param rendered - fingerprint of the render that the browser shows, if it is known
   * @param cause - why the page is redrawn, if it is
   */
  welcome(rendered: string | undefined, cause: ResyncCause): void {
    this.lastEvent = 0;
    this.channel.answered = 0;
    this.channel.start();
    this.tree.renumber();
    if (rendered === fingerprint(this.tree.html)) this.channel.restart();
    else this.redraw(cause);
    this.welcomed();
  }

  /**
   * The same for a page that was live and shows what this session sent it up to frame `lastSeq`: it
   * gets the frames it missed. Where these are not known, it is redrawn.
   */
  welcomeBack(lastSeq: number): void {
    this.channel.start();
    if (this.isRevived) this.takeOver(lastSeq);
    const missed = this.channel.catchUp(lastSeq);
    if (missed === undefined) {
      this.redraw('resume');
      // It may have missed a navigation too.
      this.write([historyPatch({ path: this.path, search: this.search, hash: '' }, true)]);
    }
    for (const patches of missed ?? []) this.write([...patches]);
    this.channel.sendReceipt(this.lastEvent, !this.isRevived);
    this.welcomed();
  }

  private welcomed(): void {
    this.isRevived = false;
    this.shown = undefined;
    if (this.tree.hasPending) this.changed();
  }

  /** Goes on with the page as another process left it, if this one renders it the same. */
  private takeOver(lastSeq: number): void {
    const { shown, tree, channel } = this;
    const isSame =
      shown?.seq === lastSeq &&
      tree.adoptNumbers(shown.numbers) &&
      fingerprint(tree.html) === shown.fingerprint;
    if (isSame) channel.continueAt(lastSeq);
    else channel.loseStep();
  }

  /** Notes what the browser shows, for another process that continues this session. */
  noteShown(): void {
    if (!this.tree.isRendered || this.shown !== undefined) return;
    const { tree, channel, lastEvent } = this;
    this.shown = {
      seq: channel.sent,
      fingerprint: fingerprint(tree.html),
      numbers: numbersOf(tree.html),
      lastEvent,
    };
  }

  /**
   * Instrumentation surface: the socket is gone. The end of a socket that was replaced changes
   * nothing.
   */
  detach(socket: SessionSocket): void {
    if (this.channel.current !== socket || this.state !== 'attached') return;
    this.channel.detach();
    this.state = 'detached';
    this.lastActive = Date.now();
    const { persistence, metrics } = this.host;
    if (persistence !== undefined) {
      this.noteShown();
      void persistence.save(this);
    } else {
      for (const id of this.persisted.ids) metrics.recordPersistWriteRejected('transient', id);
    }
    this.host.sessionDetached();
  }

  /**
   * Instrumentation surface: ends the session and frees what its components hold. The caller ends
   * the socket.
   */
  close(): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.queue.clear();
    this.channel.detach();
    this.tree.dispose();
  }

  /** Estimated bytes that this session holds. */
  get memory(): number {
    return 512 + this.channel.heldBytes + this.tree.memory;
  }

  /** Bytes of all patch frames that this session wrote in this process. */
  get patchBytes(): number {
    return this.channel.patchBytes;
  }

  /** Whether a client event runs now. */
  get isHandling(): boolean {
    return this.queue.current?.event !== undefined;
  }

  /** Client events that wait. */
  get waitingEvents(): number {
    let count = 0;
    for (const { event } of this.queue.queued) if (event !== undefined) count++;
    return count;
  }

  /** Resolves when no unit of work runs or waits. */
  settled(): Promise<void> {
    return this.queue.settled();
  }

  protected override components(): this {
    return this;
  }

  /** A change outside of any unit of work, say of a process-wide signal, becomes one. */
  protected override changed(): void {
    if (this.isFlushScheduled || !this.queue.idle || !this.channel.isOpen) return;
    this.isFlushScheduled = true;
    setImmediate(() => {
      this.isFlushScheduled = false;
      if (this.tree.hasPending && this.queue.idle) this.dispatch(() => {});
    });
  }

  private perform(unit: UnitOfWork): MaybePromise<void> {
    this.lastActive = Date.now();
    if (unit.kind === 'work') return this.dispatchWork(unit);
    unit.startedAt = performance.now();
    return this.dispatchEvent(unit);
  }

  private newUnit(kind: UnitOfWork['kind']): UnitOfWork {
    const unit = new UnitOfWork(this.host, kind, this.path, this.search);
    unit.session = this;
    unit.route = this.route;
    unit.params = this.params;
    unit.match = this.match;
    return unit;
  }
}

/** The one event without an answer: a hint that the user may soon go to a page. */
function isPrefetch(event: ClientEvent): event is Extract<ClientEvent, { type: 'Custom' }> {
  return event.type === 'Custom' && event.hid === 'prefetch';
}

function mountPage(session: LivePage, unit: UnitOfWork): MaybePromise<void> {
  return renderThroughMiddleware(session, unit, showPage);
}

function showPage(session: LivePage, unit: UnitOfWork, match: RouteMatch): void {
  session.show(unit, match);
}

function resumePage(session: LivePage, unit: UnitOfWork): MaybePromise<void> {
  return renderThroughMiddleware(session, unit, showAgain);
}

function showAgain(session: LivePage, unit: UnitOfWork, match: RouteMatch): void {
  const isElsewhere = unit.path !== session.path || unit.search !== session.search;
  if (isElsewhere || !session.tree.isRendered) session.show(unit, match);
  session.flush();
}
