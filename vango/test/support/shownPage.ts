import { expect } from 'chai';
import { decodePatches, encodePatches, type Patch } from '../../src/protocol';
import {
  assignHids,
  type BuildHost,
  buildElement,
  type Child,
  diff,
  HidAllocator,
  type HostElement,
  reuseElements,
  toWire,
} from '../../src/vdom';
import { ClientDom } from './clientDom';

const host: BuildHost = {
  component: () => null,
  expand() {
    throw new Error('no components here');
  },
  misplaced() {},
  refused() {},
};

export function build(vnode: Child): HostElement {
  return buildElement(vnode, host).nodes[0] as HostElement;
}

/** A page in a modelled browser, and its tree on the server. */
export class Page {
  readonly allocator = new HidAllocator();
  readonly dom: ClientDom;
  tree: HostElement;

  constructor(vnode: Child) {
    this.tree = build(vnode);
    assignHids(this.tree, this.allocator);
    this.dom = new ClientDom(toWire(this.tree));
  }

  show(vnode: Child): Patch[] {
    return this.showTree(build(vnode)).patches;
  }

  showTree(next: HostElement): { patches: Patch[]; reused: ReadonlyMap<HostElement, HostElement> } {
    const { patches, reused } = diff(this.tree, next, this.allocator);
    if (patches === undefined) throw new Error('raw HTML changed');
    reuseElements(reused);
    // Encoded and decoded, as on the wire.
    this.dom.apply(decodePatches(encodePatches(1, patches)).patches);
    this.tree = reused.get(next) ?? next;
    expect(this.dom.serialize()).to.equal(new ClientDom(toWire(this.tree)).serialize());
    return { patches, reused };
  }
}
