import { plain } from './dom';

/** The value of `data-optimistic`, as JSON. */
interface Change {
  class?: string;
  text?: string;
  attr?: string;
  value?: string;
}

/** Updates that are shown before the server answers, and how to undo them. */
export class OptimisticUpdates {
  private undo: Array<() => void> = [];

  /** Applies the update that an element declares, if any. */
  apply(target: Element): void {
    const element = plain(target);
    const text = element.getAttribute('data-optimistic');
    if (text === null) return;
    const change = JSON.parse(text) as Change;
    if (change.class !== undefined) this.changeClass(element, change.class);
    if (change.text !== undefined) {
      const before = element.textContent;
      element.textContent = change.text;
      this.undo.push(() => {
        element.textContent = before;
      });
    }
    if (change.attr !== undefined) {
      const { attr } = change;
      const before = element.getAttribute(attr);
      element.setAttribute(attr, change.value ?? '');
      this.undo.push(() =>
        before === null ? element.removeAttribute(attr) : element.setAttribute(attr, before),
      );
    }
  }

  /** Keeps all updates, after the server answered. */
  keep(): void {
    this.undo = [];
  }

  /** Undoes all updates, after an event failed. */
  revert(): void {
    for (const undo of this.undo.reverse()) undo();
    this.undo = [];
  }

  private changeClass(element: Element, change: string): void {
    const [name = '', mode = 'add'] = change.split(':');
    const before = element.className;
    element.classList.toggle(name, mode === 'toggle' ? undefined : mode === 'add');
    this.undo.push(() => {
      element.className = before;
    });
  }
}
