const memory = new Map<string, string>();

/** What the tab keeps over loads; where the browser blocks storage, over this load alone. */
export const tabStorage = {
  get(key: string): string {
    try {
      return sessionStorage.getItem(key) ?? '';
    } catch {
      return memory.get(key) ?? '';
    }
  },
  /** An empty text forgets the key. */
  set(key: string, text: string): void {
    try {
      if (text === '') sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, text);
    } catch {
      memory.set(key, text);
    }
  },
};
