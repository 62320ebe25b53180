import type { HostElement } from './host';

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

/**
 * The HTML of an element.
 * @param chosen value of the select that the element is in
 */
export function renderHtml(element: HostElement, chosen?: string): string {
  const { tag, attrs, hid } = element;
  let open = `<${tag}`;
  for (const name in attrs) {
    // A text area's value is its content, a select's the option that is selected.
    if (name === 'value' && (tag === 'textarea' || tag === 'select')) continue;
    open += ` ${name}="${escapeAttribute(attrs[name] as string)}"`;
  }
  if (tag === 'option' && chosen !== undefined && chosen === optionValue(element)) open += ' selected=""';
  if (hid !== '') open += ` data-hid="${hid}"`;
  return VOID.has(tag) ? `${open}>` : `${open}>${renderInnerHtml(element, chosen)}</${tag}>`;
}

/** The HTML of what an element contains. */
export function renderInnerHtml(element: HostElement, within?: string): string {
  if (element.html !== undefined) return element.html;
  const chosen = element.tag === 'select' ? element.attrs.value : within;
  const value = element.tag === 'textarea' ? element.attrs.value : undefined;
  // The parser drops one line break at the start of these.
  if (value !== undefined) return `${value.startsWith('\n') ? '\n' : ''}${escapeText(value)}`;
  const { text } = element;
  if (text !== undefined)
    return RAW_TEXT.has(element.tag) ? text.replace(/<\/(script|style)/gi, '<\\/$1') : escapeText(text);
  let html = '';
  for (const child of element.children) html += renderHtml(child, chosen);
  return html;
}

function optionValue({ attrs, text = '' }: HostElement): string {
  return attrs.value ?? text.trim();
}
