import type { HostElement } from './host';

/** Names that all pages share: they are most of what there is, and each session would hold its own. */
const SHARED = 2000;
const names: string[] = [''];

function nameOf(number: number): string {
  if (number > SHARED) return `h${number}`;
  names[number] ??= `h${number}`;
  return names[number];
}

/** Hands out the names `h1`, `h2`, … */
export class HidAllocator {
  private last = 0;

  next(): string {
    return nameOf(++this.last);
  }

  /** Goes on after `h<last>`: from `h1` again without one. */
  reset(last = 0): void {
    this.last = last;
  }
}

/** Names an element and all below it in document order, replacing the names they had. */
export function assignHids(element: HostElement, allocator: HidAllocator): void {
  element.hid = allocator.next();
  for (const child of element.children) assignHids(child, allocator);
}
