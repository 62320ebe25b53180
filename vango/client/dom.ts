/**
 * Protects the properties and methods of a node against DOM clobbering.
 *
 * The fields of a form, and the named forms and images of a document, hide properties of the same
 * names. Use the result to read properties and to call methods; pass the node itself as an
 * argument.
 */
export function plain<N extends object>(node: N): N {
  if (!(node instanceof HTMLFormElement || node instanceof Document)) return node;
  const prototype = Object.getPrototypeOf(node) as object;
  return new Proxy(node, {
    get(_, name) {
      const value: unknown = Reflect.get(prototype, name, node);
      return typeof value === 'function' ? value.bind(node) : value;
    },
    set: (_, name, value) => Reflect.set(prototype, name, value, node),
  });
}

/** The document, protected against DOM clobbering. */
export const page = plain(document);

/** The element that an event targets; the root element for events at the document or window. */
export function elementOf(target: EventTarget | null): Element | undefined {
  if (target instanceof Element) return target;
  return target instanceof Document || target === window ? page.documentElement : undefined;
}
