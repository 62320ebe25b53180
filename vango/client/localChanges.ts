/**
 * Records changes of the DOM that the server did not make.
 *
 * These are attributes that users set (an opened `<details>`) or scripts set (the size of a
 * canvas), and the text of editable elements.
 */
export class LocalChanges {
  /** The server's value of each changed attribute, by element and name. */
  private readonly attributes = new WeakMap<Node, Map<string, string | null>>();
  private readonly edited = new WeakSet<Node>();
  private readonly observer = new MutationObserver(records => this.record(records));

  start(): void {
    this.observer.observe(document, {
      attributes: true,
      attributeOldValue: true,
      characterData: true,
      childList: true,
      subtree: true,
    });
  }

  /** Runs a change on behalf of the server, which is not recorded. */
  excluding(change: () => void): void {
    this.record(this.observer.takeRecords());
    try {
      change();
    } finally {
      for (const { target, attributeName } of this.observer.takeRecords())
        this.attributes.get(target)?.delete(attributeName ?? '');
    }
  }

  /** Whether the page changed an attribute whose value on the server is still the same. */
  overrides(element: Element, name: string, wanted: string | null): boolean {
    return this.attributes.get(element)?.get(name) === wanted;
  }

  /** Whether the user edited the content of an element. */
  isEdited(element: Node): boolean {
    return this.edited.has(element);
  }

  private record(records: MutationRecord[]): void {
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
