import type { HostElement } from './host';

/** Hands out the names `h1`, `h2`, … */
export class HidAllocator {
  private last = 0;

  next(): string {
    this.last++;
    return `h${this.last}`;
  }

  /** Starts from `h1` again. */
  reset(): void {
    this.last = 0;
  }
}

/** Names an element and all below it in document order, replacing the names they had. */
export function assignHids(element: HostElement, allocator: HidAllocator): void {
  element.hid = allocator.next();
  for (const child of element.children) assignHids(child, allocator);
}
