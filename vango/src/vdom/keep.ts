import type { HostElement } from './host';

/**
 * Has elements of the previous tree stand for those they became, which they then equal: what a session keeps from event to event is old, and the new dies young.
 * Garbage collection of the young generation stops the process for as long as it takes to copy what survives.
 */
export function keepElements(stays: ReadonlyMap<HostElement, HostElement>): void {
  stays.forEach(keepElement);
}

function keepElement(
  previous: HostElement,
  next: HostElement,
  stays: ReadonlyMap<HostElement, HostElement>,
): void {
  previous.attrs = next.attrs;
  previous.handlers = next.handlers;
  previous.text = next.text;
  previous.places = next.places;
  previous.children = keepChildren(previous.children, next.children as HostElement[], stays);
}

function keepChildren(
  before: readonly HostElement[],
  after: HostElement[],
  stays: ReadonlyMap<HostElement, HostElement>,
): readonly HostElement[] {
  let isSame = before.length === after.length;
  for (let index = 0; index < after.length; index++) {
    const child = after[index] as HostElement;
    const kept = stays.get(child) ?? child;
    if (kept !== child) after[index] = kept;
    isSame &&= kept === before[index];
  }
  return isSame ? before : after;
}
