/**
 * An element for reading its properties and calling its methods: the fields of a form, and the
 * named forms and images of a document, hide the properties of the same names. Where an element is
 * an argument, the element itself is meant.
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

/** The page, whatever its elements are called. */
export const page = plain(document);

/** The element an event is about: scripts send events to the document, too. */
export function elementOf(target: EventTarget | null): Element | undefined {
  if (target instanceof Element) return target;
  return target instanceof Document || target === window ? page.documentElement : undefined;
}
