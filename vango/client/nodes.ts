import type { WireNode } from '../src/protocol';
import { page, plain } from './dom';
import { settleDraft } from './drafts';

const SPACES: Record<string, string> = {
  svg: 'http://www.w3.org/2000/svg',
  math: 'http://www.w3.org/1998/Math/MathML',
};
/** Elements of other namespaces that hold HTML. */
const HOLD_HTML = new Set(['foreignObject', 'desc', 'title', 'mi', 'mn', 'mo', 'ms', 'mtext']);
/** Namespaces of attributes by their prefixes, on elements that are not HTML. */
const PREFIXES: Record<string, string> = {
  xlink: 'http://www.w3.org/1999/xlink',
  xml: 'http://www.w3.org/XML/1998/namespace',
  xmlns: 'http://www.w3.org/2000/xmlns/',
};
const BOOLEAN = new Set(
  'disabled readonly required multiple autofocus checked selected muted indeterminate'.split(' '),
);
/** Attributes that say what is shown at first; what is shown later is a property. */
const STATES = new Set(['checked', 'selected']);
/** Attributes that do nothing once an element is there, or nothing at all: the property does. */
const PROPERTIES = new Set(['muted', 'indeterminate']);

/** The elements the server can name, by HID. */
export class NodeMap {
  private readonly nodes = new Map<string, Element>();

  get(hid: string): Element | undefined {
    return this.nodes.get(hid);
  }

  /** Takes in an element and all below it. */
  add(root: ParentNode): void {
    if (root instanceof Element && plain(root).hasAttribute('data-hid')) this.set(root);
    for (const element of plain(root).querySelectorAll('[data-hid]')) this.set(element);
  }

  /** Forgets an element and all below it. */
  remove(root: Element): void {
    for (const element of [root, ...plain(root).querySelectorAll('[data-hid]')]) {
      const hid = hidOf(element);
      if (this.nodes.get(hid) === element) this.nodes.delete(hid);
    }
  }

  /** Reads the whole document anew. */
  rebuild(): void {
    this.nodes.clear();
    this.add(document);
    // Nothing comes of the attribute by itself.
    for (const box of page.querySelectorAll<HTMLInputElement>('[indeterminate]')) box.indeterminate = true;
  }

  private set(element: Element): void {
    this.nodes.set(hidOf(element), element);
  }
}

export function hidOf(element: Element): string {
  return plain(element).getAttribute('data-hid') ?? '';
}

/** The namespace of what an element holds; undefined is HTML's. */
export function spaceIn(parent: Element): string | undefined {
  const { namespaceURI, localName } = plain(parent);
  return Object.values(SPACES).find(space => space === namespaceURI && !HOLD_HTML.has(localName));
}

/** Makes the DOM node of a wire node; a fragment makes a fragment. */
export function createNode(node: WireNode, space: string | undefined): Node {
  if (node.kind === 'text') return page.createTextNode(node.text);
  if (node.kind === 'fragment') return append(page.createDocumentFragment(), node.children, space);
  const own = SPACES[node.tag] ?? space;
  const element = own === undefined ? page.createElement(node.tag) : page.createElementNS(own, node.tag);
  let value: string | undefined;
  for (const [name, text] of node.attrs) {
    if (name === 'value') value = text;
    else setInitial(element, name, text);
  }
  append(element, node.children, HOLD_HTML.has(node.tag) ? undefined : own);
  // After all else: that of a select is one of its options.
  if (value !== undefined) setInitialValue(element, value);
  if (node.hid !== '') plain(element).setAttribute('data-hid', node.hid);
  return element;
}

function append<P extends ParentNode & Node>(parent: P, children: WireNode[], space: string | undefined): P {
  for (const child of children) parent.appendChild(createNode(child, space));
  return parent;
}

/**
 * Sets an attribute of an element that is new, as the parser would: a form that is reset goes back
 * to it.
 */
function setInitial(element: Element, name: string, value: string): void {
  const prefix = PREFIXES[name.split(':')[0] as string];
  if (STATES.has(name)) setPlain(element, name, value);
  else if (prefix !== undefined && element.namespaceURI !== page.documentElement.namespaceURI)
    element.setAttributeNS(prefix, name, value);
  else setAttribute(element, name, value);
}

function setInitialValue(element: Element, value: string): void {
  if (element instanceof HTMLTextAreaElement) {
    element.defaultValue = value;
  } else if (element instanceof HTMLSelectElement) {
    choose(element, value);
    for (const option of element.options) option.defaultSelected = option.selected;
  } else {
    element.setAttribute('value', value);
  }
}

/**
 * Applies an attribute as the server means it (protocol §13.5); without a value it is taken away,
 * properties included.
 */
export function setAttribute(element: Element, name: string, value?: string | boolean): void {
  if (/^on./i.test(name)) return;
  if (name === 'value' && isControl(element)) {
    setValue(element, String(value ?? ''));
  } else if (STATES.has(name)) {
    (element as unknown as Record<string, boolean>)[name] = isOn(value);
    settleDraft(element);
  } else {
    setPlain(element, name, value);
  }
  if (value === undefined) plain(element).removeAttribute(name);
}

function isOn(value: string | boolean | undefined): boolean {
  return value === true || value === 'true' || value === '';
}

function setPlain(element: Element, name: string, value: string | boolean | undefined): void {
  const own = plain(element);
  const isSet = value !== undefined && (isOn(value) || !BOOLEAN.has(name));
  if (isSet) own.setAttribute(name, String(value));
  else own.removeAttribute(name);
  if (PROPERTIES.has(name)) (own as unknown as Record<string, boolean>)[name] = isSet;
}

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

function isControl(element: Element): element is Control {
  return /^(input|textarea|select)$/.test(element.localName);
}

/**
 * Sets a control's value. What is selected in it stays selected, and an end of the selection that
 * is the end of the text stays that.
 */
function setValue(control: Control, value: string): void {
  if (control.type === 'file') return;
  if (control instanceof HTMLSelectElement) {
    choose(control, value);
  } else if (!shows(control, value)) {
    const { length } = control.value;
    const selection = selectionOf(control);
    control.value = value;
    if (selection !== undefined) {
      const [start, end, direction] = selection;
      const moved = (at: number): number => (at === length ? control.value.length : at);
      control.setSelectionRange(moved(start), moved(end), direction);
    }
  }
  settleDraft(control);
}

function choose(select: HTMLSelectElement, value: string): void {
  if (!select.multiple) {
    if (select.value !== value) select.value = value;
    return;
  }
  const values = value.split(',');
  for (const option of select.options) option.selected = values.includes(option.value);
}

/**
 * Whether a control shows a value. While a number or a date is being entered, its value is none, or
 * lacks the last zeros.
 */
function shows(control: HTMLInputElement | HTMLTextAreaElement, value: string): boolean {
  const isEdited = control === page.activeElement;
  if (control.validity.badInput) return isEdited;
  if (control.value === value) return true;
  return (
    isEdited &&
    control.type === 'number' &&
    value !== '' &&
    Number(control.value) === Number(value) &&
    control.value !== ''
  );
}

export type Selection = readonly [start: number, end: number, direction: 'forward' | 'backward' | 'none'];

/** What is selected in the control that is edited, if it tells. */
export function selectionOf(element: Element | null): Selection | undefined {
  const { selectionStart, selectionEnd, selectionDirection } = (element ?? {}) as HTMLInputElement;
  if (element !== page.activeElement || typeof selectionStart !== 'number') return undefined;
  return [selectionStart, selectionEnd ?? selectionStart, selectionDirection ?? 'none'];
}
