/**
 * What the page itself changed of what the server made: attributes that users (an opened `<details>`) and scripts (the size of a canvas) set, and the text of
 * editable elements.
 */
export class OwnChanges {
  /** By element and attribute: what the server had set. */
  private readonly attributes = new WeakMap<Node, Map<string, string | null>>();
  private readonly edited = new WeakSet<Node>();
  private readonly observer = new MutationObserver(records => this.note(records));

  start(): void {
    this.observer.observe(document, {
      attributes: true,
      attributeOldValue: true,
      characterData: true,
      childList: true,
      subtree: true,
    });
  }

  /** Runs `change`, which does what the server wants. */
  apart(change: () => void): void {
    this.note(this.observer.takeRecords());
    try {
      change();
    } finally {
      for (const { target, attributeName } of this.observer.takeRecords())
        this.attributes.get(target)?.delete(attributeName ?? '');
    }
  }

  /** Whether the page changed an attribute for which the server still wants what it wanted before. */
  holds(element: Element, name: string, wanted: string | null): boolean {
    return this.attributes.get(element)?.get(name) === wanted;
  }

  /** Whether the user edited what the element contains. */
  isEdited(element: Node): boolean {
    return this.edited.has(element);
  }

  private note(records: MutationRecord[]): void {
    for (const { target, attributeName, oldValue } of records) {
      if (attributeName !== null) {
        const known = this.attributes.get(target) ?? new Map<string, string | null>();
        this.attributes.set(target, known);
        if (!known.has(attributeName)) known.set(attributeName, oldValue);
        continue;
      }
      const element = target instanceof Element ? target : target.parentElement;
      const host = element?.closest('[contenteditable]');
      if (host) this.edited.add(host);
    }
  }
}
