import type { EventHandler } from './handlers';
import type { Places } from './places';

/**
 * A rendered element.
 *
 * A class, not a literal: V8 takes to allocating literals that outlive a few collections among the old objects (pretenuring). There they stay until the next
 * major collection, whether in use or not, and so does all they refer to.
 */
export class HostElement {
  /** How browser and server name it; empty until it is numbered. */
  hid = '';

  /**
   * @param handlers by DOM event name
   * @param places of the children
   * @param text what an element without children holds; see `build.ts`
   * @param html raw inner HTML, instead of children
   */
  constructor(
    public tag: string,
    public attrs: Readonly<Record<string, string>>,
    public handlers: Record<string, EventHandler> | undefined,
    public children: readonly HostElement[],
    public places: Places,
    public text: string | undefined,
    public html: string | undefined,
  ) {}
}

export interface HostText {
  readonly text: string;
}

export type HostNode = HostElement | HostText;

export function isElement(node: HostNode): node is HostElement {
  return node instanceof HostElement;
}
