import { createHash } from 'node:crypto';
import type { Ctx } from '../ctx';
import { type Patch, PatchOp } from '../protocol';
import type { RouteMatch } from '../routing';
import {
  type Component,
  type HostElement,
  h,
  renderHtml,
  renderInnerHtml,
  toWire,
  type VNode,
} from '../vdom';

/**
 * The element that all pages render into. It is the only child of the body that the runtime counts.
 */
const ROOT_ID = 'vango-root';

export interface DocumentProps {
  readonly title: string;
  readonly lang: string;
  readonly content: VNode;
}

/**
 * The root component of each tree: the whole document, so that titles and HIDs follow from one
 * tree.
 */
export const Document: Component<DocumentProps> = ({ title, lang, content }) =>
  h(
    'html',
    { lang },
    h('head', null, h('title', null, title)),
    h('body', null, h('div', { id: ROOT_ID }, content)),
  );

/** A component of its own for each visit, so that no state of a page outlives the visit. */
function visitOf<P>(page: Component<P>): Component<P> {
  const visit: Component<P> = props => page(props);
  return Object.defineProperty(visit, 'name', { value: page.name });
}

/**
 * The document of a page: the page inside its layouts. Layouts stay mounted between pages that
 * share them, pages do not.
 */
export function documentProps(
  { title, lang }: { readonly title: string; readonly lang: string },
  match: RouteMatch,
  ctx: Ctx,
): DocumentProps {
  const props = { params: match.params, query: ctx.query, path: ctx.path };
  const page = h(visitOf(match.component as Component<object>), props);
  const content = match.layouts.reduceRight<VNode>(
    (child, layout) => h(layout as Component<object>, props, child),
    page,
  );
  const own = typeof match.title === 'function' ? match.title(props) : match.title;
  return { title: own ?? title, lang, content };
}

function childElement(parent: HostElement, tag: string): HostElement {
  return parent.children.find(child => child.tag === tag) as HostElement;
}

/** The parts of a document that are written or compared on their own. */
export function documentParts(html: HostElement): {
  head: HostElement;
  body: HostElement;
  root: HostElement;
} {
  const body = childElement(html, 'body');
  return { head: childElement(html, 'head'), body, root: childElement(body, 'div') };
}

/** The content of a full resync: the inner HTML of the body (docs/protocol.md, section 11.3). */
export function bodyHtml(html: HostElement): string {
  return renderInnerHtml(documentParts(html).body);
}

/** Attribute of an element whose content follows in patches. The last of them removes it. */
const PARTIAL = 'data-vango-part';

/**
 * Like `bodyHtml`, for a body that fits no frame: the parts that patches cannot carry, and patches
 * that insert the rest.
 */
export function bodyInParts(html: HostElement): { html: string; patches: Patch[] } {
  const { body, root } = documentParts(html);
  const patches: Patch[] = [];
  const shell = { ...shellOf(root, patches), attrs: { ...root.attrs, [PARTIAL]: '' } };
  patches.push({ op: PatchOp.RemoveAttr, hid: root.hid, key: PARTIAL });
  const parts = body.children.map(child => renderHtml(child === root ? shell : child));
  return { html: parts.join(''), patches };
}

/**
 * The element with only those children that hold raw HTML. Appends patches that insert the others.
 */
function shellOf(element: HostElement, patches: Patch[]): HostElement {
  const kept: HostElement[] = [];
  for (const [index, node] of element.children.entries()) {
    if (hasRawHtml(node)) kept.push(shellOf(node, patches));
    else
      patches.push({
        op: PatchOp.InsertNode,
        hid: '',
        parent: element.hid,
        index,
        node: toWire(node),
      });
  }
  return { ...element, children: kept };
}

function hasRawHtml({ html, children }: HostElement): boolean {
  return html !== undefined || children.some(hasRawHtml);
}

/** A digest of a rendered page. It tells whether two renders are equal without keeping either. */
export function fingerprint(html: HostElement): string {
  const { head, body } = documentParts(html);
  return createHash('sha1')
    .update(renderHtml(head))
    .update(renderHtml(body))
    .digest('base64url')
    .slice(0, 16);
}

const PAGE_HEAD =
  '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">';

/**
 * The HTML of a page.
 *
 * @param headMarkup - trusted markup for the end of the head
 */
export function pageHtml(html: HostElement, headMarkup: string): string {
  const { head, body } = documentParts(html);
  const lang = renderHtml({ ...html, children: [] }).replace(/<\/html>$/, '');
  const headOpen = `<head data-hid="${head.hid}">`;
  const start = `<!DOCTYPE html>${lang}${headOpen}${PAGE_HEAD}${renderInnerHtml(head)}`;
  return `${start}${headMarkup}</head>${renderHtml(body)}</html>`;
}
