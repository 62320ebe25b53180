import { lastWrite } from '../reactive/renderCauses';
import { Scope, type ScopeHost } from '../reactive/scope';
import { sizeOf } from '../reactive/size';
import { Tracked } from '../reactive/track';
import {
  type BuildHost,
  buildElement,
  type Component,
  callComponent,
  type HostElement,
  type HostNode,
  isElement,
  type Rendered,
  type VNode,
} from '../vdom';
import type { Surroundings } from '../vdom/nesting';
import type { Place, Places } from '../vdom/places';
import { logOnce } from './problems';

type Props = Record<string, unknown>;

/** What instances need of their tree. */
export interface InstanceHost extends ScopeHost {
  invalidated(instance: Instance): void;
}

/** A mounted component: its scope, its children and its last output. */
export class Instance extends Scope implements BuildHost, Rendered {
  nodes: HostNode[] = [];
  places: Places;
  dirty = true;
  private props: Props = {};
  private children: Map<string, Instance> | undefined;
  private rendering: Map<string, Instance> | undefined;
  private readonly tracked = new Tracked(
    () => {
      const { nodes, places } = this.enter(() => this.build());
      this.nodes = nodes as HostNode[];
      this.places = places;
    },
    () => {
      this.dirty = true;
      this.host.invalidated(this);
    },
  );

  constructor(
    override readonly host: InstanceHost,
    readonly component: Component<never>,
    readonly parent: Instance | undefined,
    private readonly id: string,
    /** The elements around it. */
    private above: Surroundings,
  ) {
    super(host);
  }

  get depth(): number {
    return this.parent === undefined ? 0 : this.parent.depth + 1;
  }

  /**
   * Component names and positions from the root. The path is the same in each process that runs the
   * same code.
   */
  override get path(): string {
    const own = `${this.name}.${this.id}`;
    return this.parent === undefined ? own : `${this.parent.path}/${own}`;
  }

  /**
   * Renders the component again, with new props if given, and reuses unchanged components below it.
   */
  render(props: Props = this.props): HostNode[] {
    this.props = props;
    this.dirty = false;
    const writes = lastWrite();
    try {
      this.tracked.run();
    } catch (error) {
      // There is no watch now: only another render can tell what it shows.
      this.dirty = true;
      throw error;
    }
    this.renderedAt = writes;
    return this.nodes;
  }

  /** Refers to the elements that stayed in the page, here and in the components below. */
  reuse(reused: ReadonlyMap<HostElement, HostElement>): void {
    const { nodes } = this;
    for (let index = 0; index < nodes.length; index++) {
      const node = nodes[index] as HostNode;
      if (isElement(node)) nodes[index] = reused.get(node) ?? node;
    }
    for (const child of this.children?.values() ?? []) child.reuse(reused);
  }

  /** Estimated bytes of this component and those below it, without their elements. */
  override get memory(): number {
    let size = super.memory + sizeOf(this.props);
    for (const child of this.children?.values() ?? []) size += child.memory;
    return size;
  }

  override dispose(): void {
    for (const child of [...(this.children?.values() ?? [])].reverse()) child.dispose();
    this.children = undefined;
    this.tracked.stop();
    this.nodes = [];
    super.dispose();
  }

  private build(): Rendered {
    const before = this.children;
    this.rendering = undefined;
    let kept = before;
    try {
      const output = callComponent(this.component as Component<Props>, this.props);
      const rendered = buildElement(output, this, this.above);
      kept = this.rendering;
      return rendered;
    } finally {
      // A failed render keeps its children, so that the page stays in step with its state.
      disposeOthers(kept === before ? this.rendering : before, kept);
      this.children = kept;
      this.rendering = undefined;
    }
  }

  /**
   * The nodes of a child component. An instance is kept when its key or place and its component are
   * the same.
   */
  expand(vnode: VNode, path: readonly Place[], place: Place, above: Surroundings): Rendered {
    const component = vnode.type as Component<never>;
    let id = idOf(path, place);
    this.rendering ??= new Map();
    while (this.rendering.has(id)) id += "'";
    const kept = this.children?.get(id);
    const props = vnode.props as Props;
    if (kept?.component === component) {
      this.rendering.set(id, kept);
      kept.above = above;
      if (kept.dirty || !sameProps(kept.props, props)) kept.render(props);
      return kept;
    }
    const child = new Instance(this.host, component, this, id, above);
    this.rendering.set(id, child);
    child.render(props);
    return child;
  }

  /** Throws in development. In production the page is shown as it is. */
  misplaced(message: string): void {
    const problem = `${this.name}: ${message}`;
    if (process.env.NODE_ENV !== 'production') throw new TypeError(problem);
    logOnce(this.host.logger, problem);
  }

  refused(message: string): void {
    logOnce(this.host.logger, `${this.name}: ${message}`);
  }

  override get name(): string {
    return this.component.name || 'Component';
  }
}

/** The name of a place within all output of a component. */
function idOf(path: readonly Place[], place: Place): string {
  let id = '';
  for (const outer of path) id += `${stepOf(outer)}.`;
  return id + stepOf(place);
}

function stepOf(place: Place): string {
  return typeof place === 'number' ? String(place) : `k:${place}`;
}

/** The element of a component that rendered exactly one, and so can be replaced in place. */
export function soleElement(nodes: readonly HostNode[]): HostElement | undefined {
  const [only] = nodes;
  return nodes.length === 1 && only !== undefined && isElement(only) ? only : undefined;
}

function disposeOthers(
  candidates: Map<string, Instance> | undefined,
  kept: Map<string, Instance> | undefined,
): void {
  if (candidates === undefined) return;
  for (const [id, child] of candidates) {
    if (kept?.get(id) !== child) child.dispose();
  }
}

function sameProps(one: Props, other: Props): boolean {
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  for (const key of keys) {
    if (!Object.is(one[key], other[key])) return false;
  }
  return true;
}
