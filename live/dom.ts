export type Child = Node | string;

/** Attributes of an element; those that are undefined or false are left out. */
type Attributes = Readonly<Record<string, string | boolean | undefined>>;

/**
 * Creates an element. Texts become text nodes, whatever they hold: much of what is shown comes from
 * browsers that nobody trusts.
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined && value !== false)
      element.setAttribute(name, value === true ? '' : value);
  element.append(...children);
  return element;
}

/** Changes a text, if it is another one: what is selected stays selected. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Changes an attribute, if it has another value; removes it for undefined. */
export function setAttribute(element: HTMLElement, name: string, value: string | undefined): void {
  if (value === undefined) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/**
 * Makes the children of an element those of a list. A child of a key that was there before stays the
 * same element, so that it keeps its focus.
 */
export class KeyedChildren<T> {
  private readonly known = new Map<string, HTMLElement>();

  /** @param render - creates the element of an item, or changes the one it had */
  constructor(
    private readonly parent: HTMLElement,
    private readonly keyOf: (item: T) => string,
    private readonly render: (item: T, before: HTMLElement | undefined) => HTMLElement,
  ) {}

  show(items: readonly T[]): void {
    const gone = new Set(this.known.keys());
    let next = this.parent.firstElementChild;
    for (const item of items) {
      const key = this.keyOf(item);
      gone.delete(key);
      const element = this.render(item, this.known.get(key));
      this.known.set(key, element);
      if (element === next) next = next.nextElementSibling;
      else this.parent.insertBefore(element, next);
    }
    for (const key of gone) {
      this.known.get(key)?.remove();
      this.known.delete(key);
    }
  }
}
