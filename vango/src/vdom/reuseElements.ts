import type { HostElement } from './host';

/**
 * Puts the elements of the previous tree in the place of the new elements that they became. What a
 * session keeps is then old, and what an event allocates dies young: see docs/performance.md.
 */
export function reuseElements(reused: ReadonlyMap<HostElement, HostElement>): void {
  reused.forEach(reuseElement);
}

function reuseElement(
  previous: HostElement,
  next: HostElement,
  reused: ReadonlyMap<HostElement, HostElement>,
): void {
  previous.attrs = next.attrs;
  previous.handlers = next.handlers;
  previous.text = next.text;
  previous.places = next.places;
  previous.children = reuseChildren(previous.children, next.children as HostElement[], reused);
}

function reuseChildren(
  before: readonly HostElement[],
  after: HostElement[],
  reused: ReadonlyMap<HostElement, HostElement>,
): readonly HostElement[] {
  let isSame = before.length === after.length;
  for (let index = 0; index < after.length; index++) {
    const child = after[index] as HostElement;
    const kept = reused.get(child) ?? child;
    if (kept !== child) after[index] = kept;
    isSame &&= kept === before[index];
  }
  return isSame ? before : after;
}
