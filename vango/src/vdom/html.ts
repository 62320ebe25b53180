import { isState, OFF, optionValue } from './controls';
import type { HostElement } from './host';
import { VOID } from './nesting';

/**
 * Elements whose text the parser does not decode, and how a text that would end them is written.
 * Scripts and JSON read it as the same text.
 */
const RAW_TEXT = new Map<string, (text: string) => string>([
  ['script', text => text.replace(/<(?=!--|\/?script)/gi, '\\u003c')],
  ['style', text => text.replace(/<\/(?=style)/gi, '<\\/')],
]);
/** Elements whose first line break the parser drops. */
const FIRST_BREAK_DROPPED = new Set(['pre', 'listing', 'textarea']);
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
  return /[&<>"'\r]/.test(text) ? text.replace(/[&<>"'\r]/g, c => ESCAPES[c] as string) : text;
}

function escapeAttribute(text: string): string {
  return /[&<>"'\t\r\n]/.test(text)
    ? text.replace(/[&<>"'\t\r\n]/g, c => ESCAPES[c] as string)
    : text;
}

/**
 * The HTML of an element.
 *
 * @param chosen - value of the select around the element
 */
export function renderHtml(element: HostElement, chosen?: string): string {
  const { tag, attrs, hid } = element;
  let open = `<${tag}`;
  for (const name in attrs) {
    const value = attrs[name] as string;
    // The value of a text area is its content; the value of a select is its selected option.
    if (name === 'value' && (tag === 'textarea' || tag === 'select')) continue;
    if (isState(tag, name) && (value === OFF || (tag === 'option' && chosen !== undefined)))
      continue;
    open += ` ${name}="${escapeAttribute(value)}"`;
  }
  if (tag === 'option' && chosen !== undefined && chosen === optionValue(element))
    open += ' selected=""';
  if (hid !== '') open += ` data-hid="${hid}"`;
  return VOID.has(tag) ? `${open}>` : `${open}>${renderInnerHtml(element, chosen)}</${tag}>`;
}

/** The inner HTML of an element. */
export function renderInnerHtml(element: HostElement, within?: string): string {
  const html = contentOf(element, within);
  return html.startsWith('\n') && FIRST_BREAK_DROPPED.has(element.tag) ? `\n${html}` : html;
}

function contentOf(
  { tag, attrs, html, text, children }: HostElement,
  within: string | undefined,
): string {
  if (html !== undefined) return html;
  if (tag === 'textarea' && attrs.value !== undefined) return escapeText(attrs.value);
  if (text !== undefined) return (RAW_TEXT.get(tag) ?? escapeText)(text);
  const chosen = tag === 'select' ? attrs.value : within;
  let content = '';
  for (const child of children) content += renderHtml(child, chosen);
  return content;
}
