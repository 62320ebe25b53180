import { Scope, type ScopeHost } from '../reactive/scope';
import { Tracked } from '../reactive/track';
import {
  buildElement,
  type Component,
  type HostElement,
  type HostNode,
  isElement,
  type VNode,
} from '../vdom';
import { sizeOf } from './memory';

type Props = Record<string, unknown>;

/** What instances tell the tree they are part of. */
export interface InstanceHost extends ScopeHost {
  invalidated(instance: Instance): void;
}

/** A mounted component: its scope, its children and what it rendered last. */
export class Instance extends Scope {
  nodes: HostNode[] = [];
  dirty = true;
  private props: Props = {};
  private children: Map<string, Instance> | undefined;
  private rendering: Map<string, Instance> | undefined;
  private position = 0;
  private readonly tracked = new Tracked(
    () => {
      this.nodes = this.enter(() => this.build());
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
  ) {
    super(host);
  }

  get depth(): number {
    return this.parent === undefined ? 0 : this.parent.depth + 1;
  }

  /** Component names and positions from the root: the same in each process that runs the same code. */
  override get path(): string {
    const own = `${this.component.name || 'Component'}.${this.id}`;
    return this.parent === undefined ? own : `${this.parent.path}/${own}`;
  }

  /** Runs the component again, with new props if given, and reuses what is clean below it. */
  render(props: Props = this.props): HostNode[] {
    this.props = props;
    this.dirty = false;
    try {
      this.tracked.run();
    } catch (error) {
      // Nothing is watched then: only another render can tell what it shows.
      this.dirty = true;
      throw error;
    }
    return this.nodes;
  }

  /** Has elements that stayed in the page stand for those they became, here and below. */
  keep(stays: ReadonlyMap<HostElement, HostElement>): void {
    const { nodes } = this;
    for (let index = 0; index < nodes.length; index++) {
      const node = nodes[index] as HostNode;
      if (isElement(node)) nodes[index] = stays.get(node) ?? node;
    }
    for (const child of this.children?.values() ?? []) child.keep(stays);
  }

  /** Estimated bytes of this component and those below it; their elements are the tree's. */
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

  private build(): HostNode[] {
    const before = this.children;
    this.rendering = undefined;
    this.position = 0;
    let kept = before;
    try {
      const output = (this.component as Component<Props>)(this.props);
      const nodes = buildElement(output, vnode => this.expand(vnode));
      kept = this.rendering;
      return nodes;
    } finally {
      // A failed render keeps the children it had, so that the page on the screen stays in step with its state.
      disposeOthers(kept === before ? this.rendering : before, kept);
      this.children = kept;
      this.rendering = undefined;
    }
  }

  /** The nodes of a child component: an instance is kept when key (or position) and component are the same. */
  private expand(vnode: VNode): HostNode[] {
    const component = vnode.type as Component<never>;
    let id = vnode.key === undefined ? String(this.position++) : `k:${vnode.key}`;
    this.rendering ??= new Map();
    while (this.rendering.has(id)) id += "'";
    const kept = this.children?.get(id);
    const props = vnode.props as Props;
    if (kept?.component === component) {
      this.rendering.set(id, kept);
      return kept.dirty || !sameProps(kept.props, props) ? kept.render(props) : kept.nodes;
    }
    const child = new Instance(this.host, component, this, id);
    this.rendering.set(id, child);
    return child.render(props);
  }
}

/** Whether a component rendered to exactly one element, which can then be replaced in place. */
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
