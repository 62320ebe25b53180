import type { SessionStore } from './sessionStore';

/** Keeps sessions in this process, for tests and for apps of one process. */
export function memoryStore(): SessionStore {
  const sessions = new Map<string, { blob: string; expiresAt: number }>();
  let schema: string | undefined;
  return {
    async save(id, blob, ttl) {
      sessions.set(id, { blob, expiresAt: Date.now() + ttl });
    },
    async load(id) {
      const stored = sessions.get(id);
      if (stored === undefined || stored.expiresAt > Date.now()) return stored?.blob;
      sessions.delete(id);
      return undefined;
    },
    async delete(id) {
      sessions.delete(id);
    },
    readSchema: async () => schema,
    async writeSchema(record) {
      schema = record;
    },
  };
}
