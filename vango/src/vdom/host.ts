import type { EventHandler } from './handlers';

/** A rendered element. `hid` is how browser and server name it; empty until it is numbered. */
export interface HostElement {
  tag: string;
  hid: string;
  key: string | undefined;
  attrs: Readonly<Record<string, string>>;
  /** Handlers by DOM event name. */
  handlers: Record<string, EventHandler> | undefined;
  children: HostElement[];
  /** The text that an element without children holds; see `build.ts`. */
  text: string | undefined;
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
