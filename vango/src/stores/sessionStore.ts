/** Keeps sessions across restarts, deploys and moves to other processes. Values are JSON text. */
export interface SessionStore {
  /** @param ttl - milliseconds after which the session may be dropped */
  save(id: string, blob: string, ttl: number): Promise<void>;
  /** Returns undefined for a session that the store does not have. */
  load(id: string): Promise<string | undefined>;
  /** Does nothing for a session that the store does not have. */
  delete(id: string): Promise<void>;
  /** Reads the record of the form of the stored sessions. */
  readSchema(): Promise<string | undefined>;
  writeSchema(record: string): Promise<void>;
}
