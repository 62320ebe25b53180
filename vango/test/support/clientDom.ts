import { type Patch, PatchOp, type WireNode } from '../../src/protocol';

/** An element in the browser. */
export interface DomElement {
  tag: string;
  hid: string;
  attrs: Map<string, string>;
  parent: DomElement | undefined;
  children: DomNode[];
}
export type DomNode = DomElement | { text: string; parent: DomElement | undefined };

const isElement = (node: DomNode): node is DomElement => 'tag' in node;

function isChosenBySelect({ parent }: DomElement): boolean {
  return (
    parent !== undefined &&
    (parent.tag === 'select' ? parent.attrs.has('value') : isChosenBySelect(parent))
  );
}

const CONTROLS = new Set(['input', 'textarea', 'select']);

/**
 * Models how a browser applies patches.
 *
 * Indexes count element children in the live list; elements are found by hydration ID (HID).
 */
export class ClientDom {
  readonly root: DomElement;
  private readonly nodes = new Map<string, DomElement>();

  constructor(root: WireNode) {
    this.root = this.create(root, undefined) as DomElement;
  }

  /** @throws Error if a browser would reload the page. */
  apply(patches: readonly Patch[]): void {
    for (const patch of patches) this.applyOne(patch);
  }

  /** Writes the page as text with HIDs. */
  serialize(node: DomNode = this.root): string {
    if (!isElement(node)) return JSON.stringify(node.text);
    // The value of a control is a property: a missing and an empty value are the same. The value of
    // a select names its selected option.
    const shown = [...node.attrs].filter(
      ([name, value]) =>
        !(name === 'value' && value === '' && CONTROLS.has(node.tag)) &&
        !(name === 'selected' && isChosenBySelect(node)),
    );
    const attrs = shown
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
    // Empty text nodes are invisible, and adjacent ones look like one.
    const children = node.children.filter(child => isElement(child) || child.text !== '');
    return `<${node.tag}#${node.hid}${attrs.join('')}>${children.map(child => this.serialize(child)).join('')}</${node.tag}>`;
  }

  private applyOne(patch: Patch): void {
    switch (patch.op) {
      case PatchOp.SetText: {
        const element = this.get(patch.hid);
        for (const child of element.children) this.forget(child);
        element.children = [{ text: patch.value, parent: element }];
        return;
      }
      case PatchOp.SetAttr:
        this.get(patch.hid).attrs.set(patch.key, patch.value);
        return;
      case PatchOp.SetValue:
        this.get(patch.hid).attrs.set('value', patch.value);
        return;
      case PatchOp.SetChecked:
      case PatchOp.SetSelected: {
        const name = patch.op === PatchOp.SetChecked ? 'checked' : 'selected';
        if (patch.value) this.get(patch.hid).attrs.set(name, '');
        else this.get(patch.hid).attrs.delete(name);
        return;
      }
      case PatchOp.RemoveAttr:
        this.get(patch.hid).attrs.delete(patch.key);
        return;
      case PatchOp.InsertNode: {
        const parent = this.get(patch.parent);
        this.insert(parent, patch.index, this.create(patch.node, parent));
        return;
      }
      case PatchOp.RemoveNode: {
        const element = this.get(patch.hid);
        this.detach(element);
        this.forget(element);
        return;
      }
      case PatchOp.MoveNode: {
        const element = this.get(patch.hid);
        const parent = this.get(patch.parent);
        const anchor = parent.children.filter(isElement)[patch.index];
        if (anchor === element) return;
        this.detach(element);
        const at = anchor === undefined ? parent.children.length : parent.children.indexOf(anchor);
        parent.children.splice(at, 0, element);
        element.parent = parent;
        return;
      }
      case PatchOp.ReplaceNode: {
        const element = this.get(patch.hid);
        const parent = element.parent as DomElement;
        const at = parent.children.indexOf(element);
        this.forget(element);
        parent.children[at] = this.create(patch.node, parent);
        return;
      }
      default:
        throw new Error(`patch ${patch.op} is none of a diff's`);
    }
  }

  private get(hid: string): DomElement {
    const element = this.nodes.get(hid);
    if (element === undefined)
      throw new Error(`no element ${hid}: a browser would reload the page`);
    return element;
  }

  private create(node: WireNode, parent: DomElement | undefined): DomNode {
    if (node.kind === 'text') return { text: node.text, parent };
    if (node.kind === 'fragment') throw new Error('fragments are not used');
    const element: DomElement = {
      tag: node.tag,
      hid: node.hid,
      attrs: new Map(node.attrs),
      parent,
      children: [],
    };
    if (this.nodes.has(node.hid)) throw new Error(`two elements are called ${node.hid}`);
    this.nodes.set(node.hid, element);
    element.children = node.children.map(child => this.create(child, element));
    return element;
  }

  private insert(parent: DomElement, index: number, node: DomNode): void {
    const anchor = parent.children.filter(isElement)[index];
    const at = anchor === undefined ? parent.children.length : parent.children.indexOf(anchor);
    parent.children.splice(at, 0, node);
  }

  private detach(element: DomElement): void {
    const siblings = element.parent?.children ?? [];
    siblings.splice(siblings.indexOf(element), 1);
  }

  private forget(node: DomNode): void {
    if (!isElement(node)) return;
    if (this.nodes.get(node.hid) === node) this.nodes.delete(node.hid);
    for (const child of node.children) this.forget(child);
  }
}
