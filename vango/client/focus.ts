import { page, plain } from './dom';

/** The selection of a text control, as `setSelectionRange()` takes it. */
export type Selection = readonly [
  start: number,
  end: number,
  direction: 'forward' | 'backward' | 'none',
];

/** The selection of the focused control, for controls that have one. */
export function selectionOf(element: Element | null): Selection | undefined {
  const { selectionStart, selectionEnd, selectionDirection } = (element ?? {}) as HTMLInputElement;
  if (element !== page.activeElement || typeof selectionStart !== 'number') return undefined;
  return [selectionStart, selectionEnd ?? selectionStart, selectionDirection ?? 'none'];
}

/** Finds the element with `autofocus` in an inserted element. */
export function autofocusIn(root: Element): HTMLElement | undefined {
  return (
    ((root.matches('[autofocus]') ? root : root.querySelector('[autofocus]')) as HTMLElement) ??
    undefined
  );
}

/**
 * Restores the focus and the selection after the focused element was replaced.
 *
 * @param before - The element that had the focus.
 * @param after - The element that replaced it.
 * @param selection - The selection that `before` had.
 */
export function refocus(
  before: Element | null,
  after: Element | null | undefined,
  selection: Selection | undefined,
): void {
  const isLost = page.activeElement === null || page.activeElement === page.body;
  if (!isLost || !(after instanceof HTMLElement) || after.tagName !== before?.tagName) return;
  plain(after).focus({ preventScroll: true });
  if (selection !== undefined && selectionOf(after) !== undefined)
    (after as HTMLInputElement).setSelectionRange(...selection);
}
