import type { WireNode } from '../src/protocol';
import { settleDraft } from './drafts';

const SVG = 'http://www.w3.org/2000/svg';
const BOOLEAN = new Set(['disabled', 'readonly', 'required', 'multiple', 'autofocus']);

/** The elements the server can name, by HID. */
export class NodeMap {
  private readonly nodes = new Map<string, Element>();

  get(hid: string): Element | undefined {
    return this.nodes.get(hid);
  }

  /** Takes in an element and all below it. */
  add(root: ParentNode): void {
    if (root instanceof Element && root.hasAttribute('data-hid')) this.set(root);
    for (const element of root.querySelectorAll('[data-hid]')) this.set(element);
  }

  /** Forgets an element and all below it. */
  remove(root: Element): void {
    for (const element of [root, ...root.querySelectorAll('[data-hid]')]) {
      const hid = hidOf(element);
      if (this.nodes.get(hid) === element) this.nodes.delete(hid);
    }
  }

  /** Reads the whole document anew. */
  rebuild(): void {
    this.nodes.clear();
    this.add(document);
  }

  private set(element: Element): void {
    this.nodes.set(hidOf(element), element);
  }
}

export function hidOf(element: Element): string {
  return element.getAttribute('data-hid') ?? '';
}

/** Makes the DOM node of a wire node; a fragment makes a fragment. */
export function createNode(node: WireNode, namespace?: string | null): Node {
  if (node.kind === 'text') return document.createTextNode(node.text);
  if (node.kind === 'fragment') return append(document.createDocumentFragment(), node.children, namespace);
  const space = node.tag === 'svg' ? SVG : namespace;
  const element = space === SVG ? document.createElementNS(SVG, node.tag) : document.createElement(node.tag);
  append(element, node.children, node.tag === 'foreignObject' ? null : space);
  // After the children: the value of a select is one of its options.
  for (const [name, value] of node.attrs) setAttribute(element, name, value);
  if (node.hid !== '') element.setAttribute('data-hid', node.hid);
  return element;
}

function append<P extends ParentNode & Node>(parent: P, children: WireNode[], namespace?: string | null): P {
  for (const child of children) parent.appendChild(createNode(child, namespace));
  return parent;
}

/** Applies an attribute as the server means it (protocol §13.5). */
export function setAttribute(element: Element, name: string, value: string): void {
  if (/^on./i.test(name)) return;
  if (name === 'value' && 'value' in element) setValue(element as HTMLInputElement, value);
  else if (name === 'checked' || name === 'selected')
    setFlag(element, name, value === 'true' || value === '');
  else if (BOOLEAN.has(name) && value !== 'true' && value !== '') element.removeAttribute(name);
  else element.setAttribute(name, value);
}

/** Takes an attribute away, properties included. */
export function removeAttribute(element: Element, name: string): void {
  if (name === 'value' && 'value' in element) setValue(element as HTMLInputElement, '');
  if (name === 'checked' || name === 'selected') setFlag(element, name, false);
  element.removeAttribute(name);
}

export function setFlag(element: Element, name: 'checked' | 'selected', on: boolean): void {
  (element as unknown as Record<string, boolean>)[name] = on;
  settleDraft(element);
}

/** Sets a control's value and keeps the caret where it is. */
export function setValue(control: HTMLInputElement, value: string): void {
  const start = document.activeElement === control ? caretOf(control) : null;
  // Written only when it differs: writing moves the caret.
  if (control.value !== value) control.value = value;
  settleDraft(control);
  if (start !== null) control.setSelectionRange(Math.min(start, value.length), Math.min(start, value.length));
}

/** The caret of a control that has one. */
export function caretOf(control: HTMLInputElement): number | null {
  try {
    return control.selectionStart;
  } catch {
    return null;
  }
}
