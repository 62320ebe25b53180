const memory = new Map<string, string>();

/** Storage of the tab, or memory of this page where the browser blocks storage. */
export const tabStorage = {
  get(key: string): string {
    try {
      return sessionStorage.getItem(key) ?? '';
    } catch {
      return memory.get(key) ?? '';
    }
  },
  /** Sets a value; an empty string removes the key. */
  set(key: string, text: string): void {
    try {
      if (text === '') sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, text);
    } catch {
      memory.set(key, text);
    }
  },
};
