import { Signal } from '@preact/signals-core';
import { attributesOf, NO_ATTRS } from './attributes';
import { HostElement, type HostNode, isElement } from './host';
import {
  ANYWHERE,
  impliedParent,
  isForeign,
  isSubmitting,
  misplacement,
  type Surroundings,
  surroundingsIn,
  VOID,
} from './nesting';
import {
  keyPlace,
  type Place,
  type Places,
  placeAt,
  placeInComponent,
  placeInList,
} from './places';
import { type Child, type Component, creatorOf, Fragment, isVNode, type VNode } from './vnode';

/** The element that gives loose text an identity. Browsers lay it out as if it were not there. */
const TEXT_TAG = 'vango-text';
/** The same in SVG, which does not show unknown elements. */
const SVG_TEXT_TAG = 'tspan';

/** Parents in which the HTML parser allows no text. White space in them comes from the source. */
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
const TAG = /^[a-z][a-z0-9-]*$/;
const TAG_OF_ANY_CASE = /^[a-z][a-z0-9-]*$/i;
const NO_CHILDREN: readonly HostElement[] = [];

/** The content of a component or an element. */
export interface Rendered {
  readonly nodes: readonly HostNode[];
  readonly places: Places;
}

/** What building an output needs of its component. */
export interface BuildHost {
  readonly component: Component<never>;
  /**
   * Renders a component node.
   *
   * @param path - places of the elements around it, from the root of the output
   */
  expand(vnode: VNode, path: readonly Place[], place: Place, above: Surroundings): Rendered;
  /** Gets a message about nesting that browsers would change. */
  misplaced(message: string): void;
  /** Gets a message about an attribute that is left out. */
  refused(message: string): void;
}

/**
 * Turns the output of a component into host nodes: fragments and lists become flat, and adjacent
 * texts become one.
 *
 * Browsers address elements only and count element children only, so an element holds either
 * elements or one text: text beside elements is wrapped in `<vango-text>`. Lists are copied when
 * they are complete, since a list that has grown has unused room, and sessions keep it.
 *
 * @param above - the elements around the output
 * @throws TypeError for values that cannot be rendered
 */
export function buildElement(
  output: Child,
  host: BuildHost,
  above: Surroundings = ANYWHERE,
): Rendered {
  const list = new NodeList();
  new Builder(host).collectAll(output, above, list);
  return { nodes: list.nodes.slice(), places: list.places?.slice() };
}

/** Children that are being collected. */
class NodeList {
  readonly nodes: HostNode[] = [];
  places: Place[] | undefined;

  /** Other components share their nodes, so joined texts get a new node. */
  add(node: HostNode, place: Place): void {
    const { nodes } = this;
    if (!isElement(node)) {
      if (node.text === '') return;
      const last = nodes.at(-1);
      if (last !== undefined && !isElement(last)) {
        nodes[nodes.length - 1] = { text: last.text + node.text };
        return;
      }
    }
    if (this.places === undefined && place !== nodes.length)
      this.places = nodes.map((_, index) => index);
    this.places?.push(place);
    nodes.push(node);
  }
}

/** Builds one output. */
class Builder {
  private readonly path: Place[] = [];

  constructor(private readonly host: BuildHost) {}

  /**
   * The children of an element or a component. Entries of one list or fragment have places in that.
   */
  collectAll(content: Child, above: Surroundings, into: NodeList): void {
    if (Array.isArray(content)) {
      for (let index = 0; index < content.length; index++)
        this.collect(content[index], placeOf(content[index], index), above, into);
    } else if (isVNode(content) && content.type === Fragment && content.key === undefined) {
      this.collectAll(content.props.children as Child, above, into);
    } else {
      this.collect(content, placeOf(content, 0), above, into);
    }
  }

  private collect(child: Child, place: Place, above: Surroundings, into: NodeList): void {
    if (child === null || child === undefined || typeof child === 'boolean') return;
    if (typeof child === 'string' || typeof child === 'number' || typeof child === 'bigint') {
      into.add({ text: String(child) }, place);
    } else if (Array.isArray(child)) {
      for (let index = 0; index < child.length; index++)
        this.collect(child[index], placeInList(place, placeOf(child[index], index)), above, into);
    } else if (child instanceof Signal) {
      this.collect(child.value as Child, place, above, into);
    } else if (!isVNode(child)) {
      throw new TypeError(
        `Cannot render ${describe(child)}; ` +
          'give text, numbers, elements, components or lists of them',
      );
    } else if (child.type === Fragment) {
      const { children } = child.props;
      this.collect(Array.isArray(children) ? children : [children as Child], place, above, into);
    } else if (typeof child.type === 'string') {
      into.add(this.element(child, child.type, place, above), place);
    } else {
      const { nodes, places } = this.host.expand(child, this.path, place, above);
      for (let index = 0; index < nodes.length; index++)
        into.add(nodes[index] as HostNode, placeInComponent(place, placeAt(places, index)));
    }
  }

  private element(vnode: VNode, type: string, place: Place, above: Surroundings): HostElement {
    const tag = tagOf(type, above);
    const wrong = misplacement(tag, above);
    if (wrong !== undefined) this.host.misplaced(wrong);
    const component = creatorOf(vnode) ?? this.host.component;
    const { attrs, handlers } = attributesOf(tag, vnode.props, this.host, component);
    const within = surroundingsIn(tag, above, handlers?.submit !== undefined);
    const inner = vnode.props.dangerouslySetInnerHTML as { __html: string } | undefined;
    const content = inner === undefined ? (vnode.props.children as Child) : undefined;
    const element = new HostElement(
      tag,
      isSubmitting(within) ? this.submitting(tag, attrs) : attrs,
      handlers,
      NO_CHILDREN,
      undefined,
      undefined,
      inner?.__html,
    );
    // Most elements hold one text and need no list.
    if (typeof content === 'string' || typeof content === 'number')
      element.text = String(content) || undefined;
    else if (content !== undefined) this.fill(element, content, place, within);
    if (VOID.has(tag) && (element.text !== undefined || element.children.length > 0))
      this.host.misplaced(
        `<${tag}> holds nothing: its content is dropped; put it beside the <${tag}>`,
      );
    return element;
  }

  private fill(element: HostElement, content: Child, place: Place, within: Surroundings): void {
    const list = new NodeList();
    this.path.push(place);
    this.collectAll(content, within, list);
    this.path.pop();
    const [first] = list.nodes;
    if (first === undefined) return;
    if (list.nodes.length === 1 && !isElement(first)) {
      element.text = first.text;
      return;
    }
    const { nodes, places } = list.nodes.every(isElement)
      ? list
      : separate(element.tag, list, within);
    element.children = (nodes as HostElement[]).slice();
    element.places = places?.slice();
    if (element.tag === 'table') supplyParents(element);
  }

  /** How the browser submits a form before the client is ready: no field may get into the URL. */
  private submitting(
    tag: string,
    attrs: Readonly<Record<string, string>>,
  ): Readonly<Record<string, string>> {
    if (tag === 'input' && attrs.type === 'file')
      this.host.misplaced(
        'A handler of onSubmit gets no files; ' +
          'give <input type="file"> a form with an action of its own',
      );
    return tag === 'form' && attrs.method === undefined ? { ...attrs, method: 'post' } : attrs;
  }
}

/** HTML names are lower case; SVG and MathML have names with capitals. */
function tagOf(type: string, above: Surroundings): string {
  if (TAG.test(type)) return type;
  if (!TAG_OF_ANY_CASE.test(type))
    throw new TypeError(`${JSON.stringify(type)} cannot be an element name`);
  return isForeign(above) ? type : type.toLowerCase();
}

/** The place of an entry: its key, if it has one. */
function placeOf(child: Child, index: number): Place {
  const key = typeof child === 'object' ? (child as { key?: unknown } | null)?.key : undefined;
  return typeof key === 'string' ? keyPlace(key) : index;
}

function separate(tag: string, { nodes, places }: Rendered, within: Surroundings): NodeList {
  const structural = STRUCTURAL.has(tag);
  const separated = new NodeList();
  nodes.forEach((node, index) => {
    const place = placeAt(places, index);
    if (isElement(node)) separated.add(node, place);
    else if (!structural)
      separated.add(wrap(isForeign(within) ? SVG_TEXT_TAG : TEXT_TAG, node.text), place);
    else if (node.text.trim() !== '')
      throw new TypeError(`<${tag}> cannot hold text: ${JSON.stringify(node.text)}`);
  });
  return separated;
}

function wrap(tag: string, text: string): HostElement {
  return new HostElement(tag, NO_ATTRS, undefined, NO_CHILDREN, undefined, text, undefined);
}

/** Puts rows and columns of a table into the elements that the HTML parser adds around them. */
function supplyParents(table: HostElement): void {
  if (!table.children.some(({ tag }) => impliedParent(tag) !== undefined)) return;
  const supplied = new NodeList();
  let parent: { element: HostElement; list: NodeList } | undefined;
  let runs = 0;
  table.children.forEach((child, index) => {
    const place = placeAt(table.places, index);
    const tag = impliedParent(child.tag);
    if (tag === undefined) {
      parent = undefined;
      supplied.add(child, place);
      return;
    }
    if (parent?.element.tag !== tag) {
      const element = new HostElement(
        tag,
        NO_ATTRS,
        undefined,
        NO_CHILDREN,
        undefined,
        undefined,
        undefined,
      );
      parent = { element, list: new NodeList() };
      // No key or place is equal to it.
      supplied.add(element, `/${runs++}`);
    }
    const { element, list } = parent;
    list.add(child, place);
    element.children = list.nodes as HostElement[];
    element.places = list.places;
  });
  table.children = supplied.nodes as HostElement[];
  table.places = supplied.places;
}

function describe(value: unknown): string {
  if (typeof value === 'function') return `the function ${value.name || '(anonymous)'}`;
  if (typeof value === 'symbol') return String(value);
  return `a value of type ${(value as object).constructor?.name ?? typeof value}`;
}
