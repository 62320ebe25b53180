import type { WireNode } from '../protocol';
import { isState, OFF, optionValue } from './controls';
import { type HostElement, type HostNode, isElement } from './host';
import { isInert } from './nesting';

/** Raw inner HTML cannot travel in patches (docs/protocol.md, section 7). */
export class RawHtmlError extends Error {
  override name = 'RawHtmlError';
}

/**
 * A node in the form that patches carry.
 *
 * @param chosen - value of the select around the node; its option is marked, so that it is chosen
 *   when it is inserted
 * @throws RawHtmlError when the node, or one below it, has raw inner HTML
 */
export function toWire(node: HostNode, chosen?: string): WireNode {
  if (!isElement(node)) return { kind: 'text', text: node.text };
  const { tag, hid, attrs, text } = node;
  if (node.html !== undefined) throw new RawHtmlError(`<${tag}> has raw inner HTML`);
  const within = tag === 'select' ? attrs.value : chosen;
  return {
    kind: 'element',
    tag,
    hid,
    attrs: wireAttributes(node, chosen),
    children: text === undefined ? childrenOf(node, within) : [{ kind: 'text', text }],
  };
}

function childrenOf({ tag, children }: HostElement, chosen: string | undefined): WireNode[] {
  return isInert(tag) ? [] : children.map(child => toWire(child, chosen));
}

function wireAttributes(element: HostElement, chosen: string | undefined): Array<[string, string]> {
  const { tag, attrs } = element;
  const entries = Object.entries(attrs).filter(
    ([name, value]) => !(value === OFF && isState(tag, name)),
  );
  if (tag === 'option' && attrs.selected === undefined && chosen === optionValue(element))
    entries.push(['selected', '']);
  return entries;
}
