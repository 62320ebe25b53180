import { plain } from './dom';

interface Change {
  class?: string;
  text?: string;
  attr?: string;
  value?: string;
}

/** Changes shown before the server answers, and how to take them back. */
export class Optimistic {
  private undo: Array<() => void> = [];

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

  /** The server answered: what is shown stays. */
  keep(): void {
    this.undo = [];
  }

  /** The server refused: what was shown goes. */
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
