import type { Logger } from '../logger';
import type { RuntimeMetrics } from '../metrics';
import type { Patch } from '../protocol';
import { collectCauses } from '../reactive/renderCauses';
import {
  type PendingEffect,
  Scope,
  type ScopeSession,
  type WriteViolationPolicy,
} from '../reactive/scope';
import { sizeOf } from '../reactive/size';
import {
  assignHids,
  chooseAgain,
  diff,
  HidAllocator,
  type HostElement,
  reuseElements,
} from '../vdom';
import { ANYWHERE, impliedParent } from '../vdom/nesting';
import { placeAt } from '../vdom/places';
import { sizeOfNodes } from '../vdom/size';
import { Document, type DocumentProps } from './document';
import { Instance, type InstanceHost, soleElement } from './instance';
import { nameBy } from './shown';

/** What a tree needs of its app. */
export interface TreeEnvironment {
  readonly metrics: RuntimeMetrics;
  readonly logger: Logger;
  readonly writeViolations: WriteViolationPolicy;
}

/** Patches, or `resync` when the change cannot travel as patches. */
export type TreeChange = Patch[] | 'resync';

/** The outcome of a flush. */
export interface Flushed {
  readonly change: TreeChange;
  /** Errors of renders. */
  readonly failures: readonly unknown[];
}

const NO_FAILURES: readonly unknown[] = [];

/**
 * The component tree of one page and its elements. It alone says what the browser shows. A page
 * render drops its tree, a session keeps one.
 */
export class PageTree implements InstanceHost {
  readonly sharedValues = new Map<object, unknown>();
  readonly rootScope: Scope = new Scope(this);
  private readonly hids = new HidAllocator();
  private readonly root = new Instance(this, Document, undefined, '', ANYWHERE);
  /** Components to render again. Their parents may have rendered some of them since. */
  private readonly dirty: Instance[] = [];
  private pendingEffects: Set<PendingEffect> | undefined;

  /** @param onDirty - called when a change waits for a flush */
  constructor(
    private readonly environment: TreeEnvironment,
    readonly session: ScopeSession | undefined,
    private readonly onDirty: () => void,
  ) {}

  get metrics(): RuntimeMetrics {
    return this.environment.metrics;
  }

  get logger(): Logger {
    return this.environment.logger;
  }

  get writeViolations(): WriteViolationPolicy {
    return this.environment.writeViolations;
  }

  /** The rendered document. */
  get html(): HostElement {
    const html = soleElement(this.root.nodes);
    if (html === undefined) throw new Error('The page was asked for before it was rendered');
    return html;
  }

  get isRendered(): boolean {
    return this.root.nodes.length > 0;
  }

  get hasPending(): boolean {
    return (
      this.dirty.length > 0 || (this.pendingEffects !== undefined && this.pendingEffects.size > 0)
    );
  }

  /**
   * Renders a page for the first time. Numbers its elements `h1`, `h2` and so on in document order.
   */
  mount(props: DocumentProps): void {
    this.root.render({ ...props });
    this.dirty.length = 0;
    this.renumber();
  }

  /** Numbers all elements again, as a fresh page load sees them. */
  renumber(): void {
    this.hids.reset();
    assignHids(this.html, this.hids);
  }

  /**
   * Numbers all elements as another process did. Returns false, without a change, when it had more
   * or fewer.
   */
  adoptNumbers(numbers: string): boolean {
    const highest = nameBy(numbers, this.html);
    if (highest === undefined) return false;
    this.hids.reset(highest);
    return true;
  }

  /**
   * Replaces the page by another one.
   *
   * @param causes - gets names of what components rendered again for
   */
  replace(props: DocumentProps, causes?: string[]): TreeChange {
    const before = this.html;
    const render = (): HostElement => soleElement(this.root.render({ ...props })) as HostElement;
    const after = causes === undefined ? render() : collectCauses(causes, render, undefined);
    return this.commit(this.root, before, after);
  }

  /**
   * Renders what changed, parents first. The failure of one component does not affect the others.
   *
   * @param causes - gets names of what components rendered again for
   */
  flush(causes?: string[]): Flushed {
    return causes === undefined ? this.renderDirty() : collectCauses(causes, renderDirty, this);
  }

  /** The same, without names. */
  renderDirty(): Flushed {
    let patches: Patch[] | undefined;
    let failures = NO_FAILURES;
    let resync = false;
    for (const instance of this.dirty.splice(0).sort(byDepth)) {
      if (instance.disposed || !instance.dirty) continue;
      try {
        const change = this.renderAgain(instance);
        if (change === 'resync') resync = true;
        else if (patches === undefined) patches = change;
        else patches.push(...change);
      } catch (error) {
        failures = [...failures, error];
      }
    }
    return { change: resync ? 'resync' : (patches ?? []), failures };
  }

  /** Runs the effects whose render is committed. */
  runEffects(): void {
    const effects = this.pendingEffects;
    this.pendingEffects = undefined;
    for (const effect of effects ?? []) effect.run();
  }

  /** The element with this HID. */
  find(hid: string): HostElement | undefined {
    return findIn(this.html, hid);
  }

  /** Estimated bytes of the components, their values and their elements. */
  get memory(): number {
    let shared = 0;
    for (const value of this.sharedValues.values()) shared += sizeOf(value);
    return this.root.memory + sizeOfNodes(this.root.nodes) + shared;
  }

  dispose(): void {
    this.root.dispose();
    this.rootScope.dispose();
    this.dirty.length = 0;
    this.pendingEffects = undefined;
  }

  invalidated(instance: Instance): void {
    this.dirty.push(instance);
    this.onDirty();
  }

  scheduleEffect(effect: PendingEffect): void {
    this.pendingEffects ??= new Set();
    this.pendingEffects.add(effect);
    this.onDirty();
  }

  /**
   * Renders the nearest component that is one element in the same place before and after. Only such
   * a component can change without its siblings.
   */
  private renderAgain(changed: Instance): TreeChange {
    let instance: Instance | undefined = changed;
    while (instance !== undefined) {
      const before = soleElement(instance.nodes);
      const place = placeAt(instance.places, 0);
      let after: HostElement | undefined;
      try {
        after = soleElement(instance.render());
      } catch (error) {
        // The next unit of work tries again; until then the page shows the last render.
        this.dirty.push(instance);
        throw error;
      }
      const isInPlace = placeAt(instance.places, 0) === place;
      if (before !== undefined && after !== undefined && isInPlace && isForOneParent(before, after))
        return this.commit(instance, before, after);
      instance = instance.parent;
    }
    throw new Error('The document must render to one <html> element');
  }

  /**
   * Applies the output of a component to the page. Its ancestors refer to `before`, which takes
   * over the content of `after`, so their trees need no render.
   */
  private commit(instance: Instance, before: HostElement, after: HostElement): TreeChange {
    const { patches, reused } = diff(before, after, this.hids);
    if (reused.has(after)) reuseElements(reused);
    else Object.assign(before, after);
    instance.reuse(reused);
    instance.nodes = [before];
    if (patches === undefined) return 'resync';
    return patches.length === 0 ? patches : [...patches, ...chooseAgain(this.html, before)];
  }
}

/**
 * Whether both have the same parent in a table: the parser adds different ones for different
 * elements.
 */
function isForOneParent(before: HostElement, after: HostElement): boolean {
  return before.tag === after.tag || impliedParent(before.tag) === impliedParent(after.tag);
}

function renderDirty(tree: PageTree): Flushed {
  return tree.renderDirty();
}

function byDepth(one: Instance, other: Instance): number {
  return one.depth - other.depth;
}

function findIn(element: HostElement, hid: string): HostElement | undefined {
  if (element.hid === hid) return element;
  for (const child of element.children) {
    const found = findIn(child, hid);
    if (found !== undefined) return found;
  }
  return undefined;
}
