import { type HostNode, isElement } from './host';

/** Estimates the bytes of rendered nodes. */
export function sizeOfNodes(nodes: readonly HostNode[]): number {
  let size = 0;
  for (const node of nodes) {
    if (!isElement(node)) {
      size += 32 + node.text.length;
      continue;
    }
    size += 96 + node.hid.length + (node.text?.length ?? 0) + (node.html?.length ?? 0);
    for (const name in node.attrs) size += 32 + name.length + (node.attrs[name]?.length ?? 0);
    size += sizeOfNodes(node.children);
  }
  return size;
}
