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

/** What the server knows that a control, or an option of one, shows. */
export function knownState(control: Element, shown: (typeof STATES)[number][0]): unknown {
  const state = STATES.find(([name]) => name === shown) as (typeof STATES)[number];
  return knownOf(control as unknown as Control, state);
}

/** The element is rendered anew: what the server knows is what it was rendered with. */
export function forgetDraft(element: Element): void {
  for (const part of partsOf(element)) settled.delete(part);
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
