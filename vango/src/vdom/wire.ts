import type { WireNode } from '../protocol';
import { type HostNode, isElement } from './host';

/** Raw inner HTML has no form on the wire (protocol §7). */
export class RawHtmlError extends Error {
  override name = 'RawHtmlError';
}

/**
 * A node as patches carry it.
 * @throws RawHtmlError when it or a node below has raw inner HTML
 */
export function toWire(node: HostNode): WireNode {
  if (!isElement(node)) return { kind: 'text', text: node.text };
  if (node.html !== undefined) throw new RawHtmlError(`<${node.tag}> has raw inner HTML`);
  return {
    kind: 'element',
    tag: node.tag,
    hid: node.hid,
    attrs: Object.entries(node.attrs),
    children: node.text === undefined ? node.children.map(toWire) : [{ kind: 'text', text: node.text }],
  };
}
