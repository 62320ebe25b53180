import { Signal } from '@preact/signals-core';
import { attributesOf, NO_ATTRS } from './attributes';
import { HostElement, type HostNode, isElement } from './host';
import { type Child, Fragment, isVNode, type VNode } from './vnode';

/** The element that gives loose text a name of its own; browsers lay it out as if it were not there. */
export const TEXT_TAG = 'vango-text';

/** Parents in which the HTML parser lets no text stand; white space between their children is layout of the source. */
const STRUCTURAL = new Set([
  'table',
  'thead',
  'tbody',
  'tfoot',
  'tr',
  'colgroup',
  'select',
  'optgroup',
  'dl',
  'html',
  'head',
]);
const TAG = /^[a-z][a-z0-9-]*$/i;
const NO_CHILDREN: readonly HostElement[] = [];

/** Renders a component node to the nodes it consists of. */
export type Expand = (vnode: VNode) => readonly HostNode[];

/**
 * Turns what a component returned into host nodes: fragments and lists become flat, adjacent texts one.
 *
 * Browsers address elements alone and count element children alone, so an element holds either elements or one text: text beside elements
 * is wrapped in `<vango-text>`.
 * Lists are copied once they are whole: those that grew have room for more, and these stay with the session.
 * @throws TypeError for what cannot be rendered
 */
export function buildElement(output: Child, expand: Expand): HostNode[] {
  const nodes: HostNode[] = [];
  collect(output, expand, nodes);
  return nodes.slice();
}

function collect(child: Child, expand: Expand, into: HostNode[]): void {
  if (child === null || child === undefined || typeof child === 'boolean') return;
  if (typeof child === 'string' || typeof child === 'number' || typeof child === 'bigint') {
    append({ text: String(child) }, into);
  } else if (Array.isArray(child)) {
    for (const entry of child) collect(entry, expand, into);
  } else if (child instanceof Signal) {
    collect(child.value as Child, expand, into);
  } else if (!isVNode(child)) {
    throw new TypeError(
      `Cannot render ${describe(child)}; give text, numbers, elements, components or lists of them`,
    );
  } else if (child.type === Fragment) {
    collect(child.props.children as Child, expand, into);
  } else if (typeof child.type === 'string') {
    into.push(elementOf(child, child.type, expand));
  } else {
    for (const node of expand(child)) append(node, into);
  }
}

/** Nodes of other components are shared, so texts are joined in a new one. */
function append(node: HostNode, into: HostNode[]): void {
  const last = into.at(-1);
  if (!isElement(node) && node.text === '') return;
  if (last !== undefined && !isElement(last) && !isElement(node))
    into[into.length - 1] = { text: last.text + node.text };
  else into.push(node);
}

function elementOf(vnode: VNode, tag: string, expand: Expand): HostElement {
  if (!TAG.test(tag)) throw new TypeError(`${JSON.stringify(tag)} cannot be an element name`);
  const { attrs, handlers } = attributesOf(tag, vnode.props);
  const inner = vnode.props.dangerouslySetInnerHTML as { __html: string } | undefined;
  const content = inner === undefined ? (vnode.props.children as Child) : undefined;
  // Most elements hold one text, and these need no list.
  if (typeof content === 'string' || typeof content === 'number') {
    return new HostElement(
      tag,
      vnode.key,
      attrs,
      handlers,
      NO_CHILDREN,
      String(content) || undefined,
      undefined,
    );
  }
  const nodes: HostNode[] = [];
  collect(content, expand, nodes);
  const [first] = nodes;
  const text = nodes.length === 1 && first !== undefined && !isElement(first) ? first.text : undefined;
  const children = nodes.length === 0 || text !== undefined ? NO_CHILDREN : elementsOf(tag, nodes);
  return new HostElement(tag, vnode.key, attrs, handlers, children, text, inner?.__html);
}

function elementsOf(tag: string, nodes: HostNode[]): HostElement[] {
  return (nodes.every(isElement) ? nodes : separate(tag, nodes)).slice();
}

function separate(tag: string, nodes: HostNode[]): HostElement[] {
  const structural = STRUCTURAL.has(tag);
  const separated: HostElement[] = [];
  for (const node of nodes) {
    if (isElement(node)) separated.push(node);
    else if (!structural) separated.push(wrap(node.text));
    else if (node.text.trim() !== '')
      throw new TypeError(`<${tag}> cannot hold text: ${JSON.stringify(node.text)}`);
  }
  return separated;
}

function wrap(text: string): HostElement {
  return new HostElement(TEXT_TAG, undefined, NO_ATTRS, undefined, NO_CHILDREN, text, undefined);
}

function describe(value: unknown): string {
  if (typeof value === 'function') return `the function ${value.name || '(anonymous)'}`;
  if (typeof value === 'symbol') return String(value);
  return `a value of type ${(value as object).constructor?.name ?? typeof value}`;
}
