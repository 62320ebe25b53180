import type { HostElement } from './host';

/** HIDs (hydration IDs) that all pages share, since each session would hold its own otherwise. */
const SHARED = 2000;
const names: string[] = [''];

function nameOf(number: number): string {
  if (number > SHARED) return `h${number}`;
  names[number] ??= `h${number}`;
  return names[number];
}

/** Allocates the HIDs `h1`, `h2` and so on. */
export class HidAllocator {
  private last = 0;

  next(): string {
    return nameOf(++this.last);
  }

  /** Continues after `h<last>`, or starts at `h1` again. */
  reset(last = 0): void {
    this.last = last;
  }
}

/** Gives new HIDs to an element and all below it, in document order. */
export function assignHids(element: HostElement, allocator: HidAllocator): void {
  element.hid = allocator.next();
  for (const child of element.children) assignHids(child, allocator);
}
