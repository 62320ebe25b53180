import type { Handlers } from './handlers';
import type { Places } from './places';

/**
 * A rendered element. It is a class and not a literal because of the way V8 allocates literals: see
 * docs/performance.md.
 */
export class HostElement {
  /** HID (hydration ID): names the element for browser and server. Empty until it is numbered. */
  hid = '';

  /**
   * @param handlers - by DOM event name
   * @param places - of the children
   * @param text - content of an element without children; see `build.ts`
   * @param html - raw inner HTML, instead of children
   */
  constructor(
    public tag: string,
    public attrs: Readonly<Record<string, string>>,
    public handlers: Handlers | undefined,
    public children: readonly HostElement[],
    public places: Places,
    public text: string | undefined,
    public html: string | undefined,
  ) {}
}

interface HostText {
  readonly text: string;
}

export type HostNode = HostElement | HostText;

export function isElement(node: HostNode): node is HostElement {
  return node instanceof HostElement;
}
