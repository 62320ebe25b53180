import type { WireNode } from '../src/protocol';
import { setInitial, setInitialValue } from './attributes';
import { page, plain } from './dom';

const SPACES: Record<string, string> = {
  svg: 'http://www.w3.org/2000/svg',
  math: 'http://www.w3.org/1998/Math/MathML',
};
/** Elements of other namespaces whose content is HTML. */
const HOLD_HTML = new Set(['foreignObject', 'desc', 'title', 'mi', 'mn', 'mo', 'ms', 'mtext']);
/** The elements of the page by hydration ID (HID), the name that the server gives them. */
export class NodeMap {
  private readonly nodes = new Map<string, Element>();

  get(hid: string): Element | undefined {
    return this.nodes.get(hid);
  }

  /** Adds an element and its descendants. */
  add(root: ParentNode): void {
    if (root instanceof Element && plain(root).hasAttribute('data-hid')) this.set(root);
    for (const element of plain(root).querySelectorAll('[data-hid]')) this.set(element);
  }

  /** Removes an element and its descendants. */
  remove(root: Element): void {
    for (const element of [root, ...plain(root).querySelectorAll('[data-hid]')]) {
      const hid = hidOf(element);
      if (this.nodes.get(hid) === element) this.nodes.delete(hid);
    }
  }

  /** Reads the whole document again. */
  rebuild(): void {
    this.nodes.clear();
    this.add(document);
    // HTML has no attribute for this state.
    for (const box of page.querySelectorAll<HTMLInputElement>('[indeterminate]'))
      box.indeterminate = true;
  }

  private set(element: Element): void {
    this.nodes.set(hidOf(element), element);
  }
}

/** The HID of an element, or an empty string. */
export function hidOf(element: Element): string {
  return plain(element).getAttribute('data-hid') ?? '';
}

/** The namespace of an element's children; `undefined` for HTML. */
export function spaceIn(parent: Element): string | undefined {
  const { namespaceURI, localName } = plain(parent);
  return Object.values(SPACES).find(space => space === namespaceURI && !HOLD_HTML.has(localName));
}

/**
 * Creates the DOM node of a wire node.
 *
 * @param space - The namespace of the parent's children; `undefined` for HTML.
 */
export function createNode(node: WireNode, space: string | undefined): Node {
  if (node.kind === 'text') return page.createTextNode(node.text);
  if (node.kind === 'fragment') return append(page.createDocumentFragment(), node.children, space);
  const own = SPACES[node.tag] ?? space;
  const element =
    own === undefined ? page.createElement(node.tag) : page.createElementNS(own, node.tag);
  let value: string | undefined;
  for (const [name, text] of node.attrs) {
    if (name === 'value') value = text;
    else setInitial(element, name, text);
  }
  append(element, node.children, HOLD_HTML.has(node.tag) ? undefined : own);
  // Last, because the value of a select is one of its options.
  if (value !== undefined) setInitialValue(element, value);
  if (node.hid !== '') plain(element).setAttribute('data-hid', node.hid);
  return element;
}

function append<P extends ParentNode & Node>(
  parent: P,
  children: WireNode[],
  space: string | undefined,
): P {
  for (const child of children) parent.appendChild(createNode(child, space));
  return parent;
}
