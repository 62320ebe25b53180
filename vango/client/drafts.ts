/** What a control shows, and what the server knows of it: the default, which a page is loaded with. */
const STATES = [
  ['value', 'defaultValue'],
  ['checked', 'defaultChecked'],
  ['selected', 'defaultSelected'],
] as const;

type Control = Record<string, unknown>;

/** The elements that take the place of others: same position, tag and id. */
export function counterparts(
  before: ParentNode,
  after: ParentNode,
  found = new Map<Element, Element>(),
): Map<Element, Element> {
  for (const [index, was] of [...before.children].entries()) {
    const is = after.children[index];
    if (is === undefined || is.tagName !== was.tagName || is.id !== was.id) continue;
    found.set(was, is);
    counterparts(was, is, found);
  }
  return found;
}

/** Shows in `after` what the user did to `before` and the server does not know, unless the server has something new to show. */
export function carryDraft(before: Element, after: Element): void {
  if ((before as HTMLInputElement).type === 'file') return;
  const [was, is] = [before, after] as unknown as [Control, Control];
  for (const [shown, known] of STATES) {
    if (was[shown] !== was[known] && was[known] === is[known]) is[shown] = was[shown];
  }
}

/** The server knows what the element shows. */
export function settleDraft(element: Element): void {
  const controls = element instanceof HTMLSelectElement ? element.options : [element];
  for (const control of controls as Iterable<unknown> as Iterable<Control>) {
    for (const [shown, known] of STATES) if (known in control) control[known] = control[shown];
  }
}
