/** Where sessions survive: a restart, a deploy, a move to another process. Values are JSON text. */
export interface SessionStore {
  /** @param ttl milliseconds after which the session may be forgotten */
  save(id: string, blob: string, ttl: number): Promise<void>;
  /** Undefined for a session it does not have, or no more. */
  load(id: string): Promise<string | undefined>;
  /** Deleting what is not there is no error. */
  delete(id: string): Promise<void>;
  /** The record of what the stored sessions look like. */
  readSchema(): Promise<string | undefined>;
  writeSchema(record: string): Promise<void>;
}
