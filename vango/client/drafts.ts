/** Properties for the current state of a control, with those for the state after a reset. */
const STATES = [
  ['value', 'defaultValue'],
  ['checked', 'defaultChecked'],
  ['selected', 'defaultSelected'],
] as const;

/** States that the server knows, where they differ from those that were rendered. */
const settled = new WeakMap<Element, Record<string, unknown>>();

function knownOf(control: Element, [shown, rendered]: (typeof STATES)[number]): unknown {
  const known = settled.get(control);
  return known !== undefined && shown in known ? known[shown] : Reflect.get(control, rendered);
}

/** The state of a control, or of an option, that the server knows. */
export function knownState(control: Element, shown: (typeof STATES)[number][0]): unknown {
  const state = STATES.find(([name]) => name === shown) as (typeof STATES)[number];
  return knownOf(control, state);
}

/** Notes that an element was rendered again, so that the server knows its rendered state. */
export function forgetDraft(element: Element): void {
  for (const part of partsOf(element)) settled.delete(part);
}

/** Whether an element shows a state that the server does not know: a draft of the user. */
export function isDraft(element: Element): boolean {
  return partsOf(element).some(part =>
    STATES.some(state => state[1] in part && Reflect.get(part, state[0]) !== knownOf(part, state)),
  );
}

/** Notes that the server knows the state that an element shows. */
export function settleDraft(element: Element): void {
  for (const part of partsOf(element)) {
    const known: Record<string, unknown> = {};
    for (const [shown, rendered] of STATES)
      if (rendered in part) known[shown] = Reflect.get(part, shown);
    settled.set(part, known);
  }
}

/** The elements that hold a control's state: the options of a select, else the control. */
function partsOf(element: Element): Element[] {
  return element instanceof HTMLSelectElement ? [...element.options] : [element];
}
