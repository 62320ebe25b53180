import { plain } from './dom';

/** What a control shows, and what it was rendered with, which is what a reset goes back to. */
const STATES = [
  ['value', 'defaultValue'],
  ['checked', 'defaultChecked'],
  ['selected', 'defaultSelected'],
] as const;

type Control = Record<string, unknown>;

/**
 * What the server knows that controls show, by state, where that is not what they were rendered
 * with.
 */
const settled = new WeakMap<object, Control>();

function knownOf(control: Control, [shown, rendered]: (typeof STATES)[number]): unknown {
  const known = settled.get(control);
  return known !== undefined && shown in known ? known[shown] : control[rendered];
}

/** The elements that take the place of others: same position, tag and id. */
export function counterparts(
  before: ParentNode,
  after: ParentNode,
  found = new Map<Element, Element>(),
): Map<Element, Element> {
  const { children } = plain(after);
  for (const [index, was] of [...plain(before).children].entries()) {
    const is = children[index];
    if (is === undefined || is.tagName !== was.tagName || plain(is).id !== plain(was).id) continue;
    found.set(was, is);
    counterparts(was, is, found);
  }
  return found;
}

/** Shows in `after` what the user did to `before` and the server does not know, unless the server has something new to show. */
export function carryDraft(before: Element, after: Element): void {
  if ((before as HTMLInputElement).type === 'file') return;
  const [was, is] = [before, after] as unknown as [Control, Control];
  for (const state of STATES) {
    const [shown] = state;
    const known = knownOf(was, state);
    if (was[shown] !== known && known === knownOf(is, state)) is[shown] = was[shown];
  }
}

/** Whether an element shows what the server does not know. */
export function isDraft(element: Element): boolean {
  return partsOf(element).some(part =>
    STATES.some(state => state[1] in part && part[state[0]] !== knownOf(part, state)),
  );
}

/** The server knows what the element shows. */
export function settleDraft(element: Element): void {
  for (const part of partsOf(element)) {
    const known: Control = {};
    for (const [shown, rendered] of STATES) if (rendered in part) known[shown] = part[shown];
    settled.set(part, known);
  }
}

/** What holds an element's state: of a select, its options. */
function partsOf(element: Element): Control[] {
  const parts = element instanceof HTMLSelectElement ? [...element.options] : [element];
  return parts as unknown as Control[];
}
