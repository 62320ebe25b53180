import type { Params } from '../ctx';
import type { MaybePromise } from '../maybePromise';
import type { ResyncCause } from '../metrics';
import { FrameTooLargeError, type Patch } from '../protocol';
import type { ScopeSession } from '../reactive/scope';
import type { RouteMatch } from '../routing';
import { ClientChannel } from './clientChannel';
import { bodyHtml, bodyInParts, documentProps } from './document';
import type { SessionHost } from './host';
import { addNavigationCauses } from './navigationCauses';
import { type Flushed, PageTree, type TreeChange } from './tree';
import type { UnitOfWork } from './unitOfWork';

/** Renders in one unit of work. More of them are a loop of effects. */
const MAX_FLUSH_CYCLES = 10;

/** The page that a session shows. It writes changes of the page to the browser. */
export abstract class LivePage {
  /** Template of the route shown; `unmatched` for the not-found page. */
  route = 'none';
  params: Params = {};
  path = '/';
  search = '';
  readonly tree: PageTree;
  readonly channel: ClientChannel;
  protected match: RouteMatch | undefined;

  constructor(readonly host: SessionHost) {
    this.tree = new PageTree(host, this.components(), () => this.changed());
    this.channel = new ClientChannel(() => host.metrics, host.limits.patchRing);
  }

  /** The session as its components see it. */
  protected abstract components(): ScopeSession;

  /** Called when something in the tree waits for a flush. */
  protected abstract changed(): void;

  /** Called when the browser shows what a client event changed on the page. */
  abstract eventShown(unit: UnitOfWork): void;

  /** Shows the page that `unit` leads to. It is the innermost step of the page's middleware. */
  show(unit: UnitOfWork, match: RouteMatch): TreeChange {
    const props = documentProps(this.host, match, unit);
    const startedAt = performance.now();
    let change: TreeChange = [];
    const { renderCauses } = unit;
    if (this.tree.isRendered) {
      if (renderCauses !== undefined) addNavigationCauses(renderCauses, this, unit);
      change = this.tree.replace(props, renderCauses);
    } else this.tree.mount(props);
    unit.renderMilliseconds += performance.now() - startedAt;
    this.match = match;
    this.route = match.route;
    this.host.metrics.noteRoute(match.route);
    this.params = match.params;
    this.path = unit.path;
    this.search = unit.search;
    return change;
  }

  /** Runs the middleware of the page shown around `innermost`. */
  throughMiddleware(
    unit: UnitOfWork,
    innermost: (unit: UnitOfWork) => MaybePromise<void>,
  ): MaybePromise<void> {
    return this.match === undefined
      ? innermost(unit)
      : this.host.pipeline(this.match)(unit, innermost);
  }

  /** Renders and writes what changed, then runs effects, until nothing is left to do. */
  flush(unit?: UnitOfWork): void {
    for (let cycle = 0; this.tree.hasPending; cycle++) {
      if (cycle === MAX_FLUSH_CYCLES) {
        this.host.logger.warn(
          `Effects of ${this.route} keep changing what they read; ` +
            'the rest waits for the next event',
        );
        return;
      }
      const { change, failures } = this.renderChanges(unit);
      this.writeChange(change, [], unit);
      if (failures.length > 0) this.throwFirst(failures);
      this.tree.runEffects();
    }
  }

  private renderChanges(unit: UnitOfWork | undefined): Flushed {
    if (unit === undefined) return this.tree.flush();
    const startedAt = performance.now();
    const flushed = this.tree.flush(unit.renderCauses);
    unit.renderMilliseconds += performance.now() - startedAt;
    return flushed;
  }

  /** Writes the patches `first`, then those of a change. */
  writeChange(change: TreeChange, first: Patch[], unit: UnitOfWork | undefined): void {
    if (change === 'resync') {
      this.redraw('change');
      this.write(first, unit);
    } else {
      this.write(first.length === 0 ? change : [...first, ...change], unit);
    }
  }

  write(patches: Patch[], unit?: UnitOfWork): void {
    if (patches.length === 0) return;
    if (unit?.event !== undefined) this.channel.answered = unit.event.seq;
    try {
      const written = this.channel.sendPatches(patches, this.route);
      if (unit === undefined) return;
      unit.patchCount += written.patches;
      unit.patchBytes += written.bytes;
      if (unit.receivedAt > 0 && written.patches > 0)
        this.channel.acknowledgements.wrote(unit, this.channel.sent);
    } catch (error) {
      if (!(error instanceof FrameTooLargeError)) throw error;
      this.host.metrics.recordPatchMismatch('patch_too_large');
      this.draw('too_large');
    }
  }

  /**
   * Answers a submit that changed nothing by a frame without patches. The browser does not submit a
   * form again before its submit is answered.
   */
  acknowledge({ event, patchCount }: UnitOfWork): void {
    if (event?.type !== 'Submit' || patchCount > 0) return;
    this.channel.answered = event.seq;
    this.channel.sendPatches([], this.route);
  }

  /** The browser applied all frames up to `lastSeq`. */
  acknowledged(lastSeq: number): void {
    this.channel.acknowledge(lastSeq);
    this.reportShown();
  }

  /** Called when a client event was handled, whether it failed or not. */
  eventHandled(unit: UnitOfWork): void {
    unit.handledAt = performance.now();
    if (unit.renderMilliseconds > 0)
      this.host.metrics.recordRenderDuration(this.route, unit.renderTime);
    this.reportShown();
  }

  private reportShown(): void {
    const { acknowledgements, current } = this.channel;
    for (;;) {
      const unit = acknowledgements.takeShown();
      if (unit === undefined) return;
      unit.networkTime = current?.roundTrip;
      this.eventShown(unit);
    }
  }

  /**
   * Redraws the whole page: in one frame, in parts or, where neither fits, by a reload, which
   * counts as a mismatch.
   */
  redraw(cause: ResyncCause): void {
    if (!this.draw(cause)) this.host.metrics.recordPatchMismatch('patch_too_large');
  }

  /** Returns false when the page fits no frames and has to be loaded. */
  private draw(cause: ResyncCause): boolean {
    const isDrawn = this.drawWhole() || this.drawInParts();
    // While the browser is away, nothing is drawn: that follows when it is back.
    if (isDrawn && this.channel.isOpen) this.host.metrics.recordResync(cause);
    return isDrawn;
  }

  /** Returns false when the page does not fit one frame. */
  private drawWhole(): boolean {
    try {
      this.channel.sendResync(bodyHtml(this.tree.html));
      return true;
    } catch (error) {
      if (!(error instanceof FrameTooLargeError)) throw error;
      return false;
    }
  }

  private drawInParts(): boolean {
    const { channel, tree, route } = this;
    const { html, patches } = bodyInParts(tree.html);
    try {
      channel.sendResync(html);
      channel.sendPatches(patches, route);
      return true;
    } catch (error) {
      if (!(error instanceof FrameTooLargeError)) throw error;
      channel.commandReload();
      return false;
    }
  }

  /** Throws the first failure, since a unit of work has one, and logs the others. */
  private throwFirst([first, ...others]: readonly unknown[]): never {
    for (const error of others)
      this.host.logger.error(`Another component of ${this.route} threw`, error);
    throw first;
  }
}
