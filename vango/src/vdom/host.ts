import type { EventHandler } from './handlers';

/** A rendered element. `hid` is how browser and server name it; empty until it is numbered. */
export interface HostElement {
  tag: string;
  hid: string;
  key: string | undefined;
  attrs: Record<string, string>;
  /** Handlers by DOM event name. */
  handlers: Record<string, EventHandler> | undefined;
  /** Elements only, or one text, or nothing: see `build.ts`. */
  children: HostNode[];
  /** Raw inner HTML, instead of children. */
  html: string | undefined;
}

export interface HostText {
  readonly text: string;
}

export type HostNode = HostElement | HostText;

export function isElement(node: HostNode): node is HostElement {
  return 'tag' in node;
}
