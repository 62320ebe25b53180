import { type HostElement, type HostNode, isElement } from './host';

const VOID = new Set('area base br col embed hr img input link meta source track wbr'.split(' '));
const RAW_TEXT = new Set(['script', 'style']);
const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '\t': '&#9;',
  '\r': '&#13;',
  '\n': '&#10;',
};

function escapeText(text: string): string {
  return /[&<>"']/.test(text) ? text.replace(/[&<>"']/g, c => ESCAPES[c] as string) : text;
}

function escapeAttribute(text: string): string {
  return /[&<>"'\t\r\n]/.test(text) ? text.replace(/[&<>"'\t\r\n]/g, c => ESCAPES[c] as string) : text;
}

/** The HTML of a node. */
export function renderHtml(node: HostNode): string {
  if (!isElement(node)) return escapeText(node.text);
  const { tag, attrs, hid } = node;
  let open = `<${tag}`;
  for (const name in attrs) {
    // A text area's value is its content.
    if (name === 'value' && tag === 'textarea') continue;
    open += ` ${name}="${escapeAttribute(attrs[name] as string)}"`;
  }
  if (hid !== '') open += ` data-hid="${hid}"`;
  return VOID.has(tag) ? `${open}>` : `${open}>${renderInnerHtml(node)}</${tag}>`;
}

/** The HTML of what an element contains. */
export function renderInnerHtml(element: HostElement): string {
  if (element.html !== undefined) return element.html;
  const value = element.tag === 'textarea' ? element.attrs.value : undefined;
  // The parser drops one line break at the start of these.
  if (value !== undefined) return `${value.startsWith('\n') ? '\n' : ''}${escapeText(value)}`;
  let html = '';
  const raw = RAW_TEXT.has(element.tag);
  for (const child of element.children) {
    html +=
      raw && !isElement(child) ? child.text.replace(/<\/(script|style)/gi, '<\\/$1') : renderHtml(child);
  }
  return html;
}
