import type { ColdDeployAckSource, ResumeFailureReason } from '../metrics';
import type { App } from '../server/app';
import type { Session } from '../session/session';
import { BlobError, decodeBlob, encodeBlob, type SessionBlob } from './blob';
import { codeSchema } from './persisted';
import { decodeSchema, encodeSchema, schemaConflicts } from './schema';
import type { Collected } from './sessionValues';
import type { SessionStore } from './store';

/** Options of persistence. */
export interface PersistOptions {
  store: SessionStore;
  /** Milliseconds between two saves of sessions in use. Default: 30 000. */
  interval?: number;
  /** That stored sessions lose what this code no longer understands. Default: false, and the app does not start then. */
  acknowledgeColdDeploy?: boolean;
}

/** Bytes of a whole session. */
export const MAX_SESSION_BYTES = 512 * 1024;
/** Set to `1`, acknowledges a cold deploy. */
export const ACK_VARIABLE = 'VANGO_ACK_COLD_DEPLOY';
const SHUTDOWN_LIMIT = 5000;
/** Writes under way at once: stores have limits of their own, such as open files. */
const PARALLEL_SAVES = 32;

/** Stores sessions and brings them back. */
export class Persistence {
  private timer: NodeJS.Timeout | undefined;
  private readonly saved = new WeakMap<Session, { blob: string; at: number }>();
  private readonly writing = new WeakMap<Session, Promise<void>>();
  private acknowledged: ColdDeployAckSource | undefined;

  constructor(
    private readonly app: App,
    private readonly options: PersistOptions,
  ) {
    if (options.acknowledgeColdDeploy === true) this.acknowledged = 'config';
    else if (process.env[ACK_VARIABLE] === '1') this.acknowledged = 'env';
  }

  /** Says that stored sessions may lose what this code no longer understands. */
  acknowledge(): void {
    this.acknowledged ??= 'api';
  }

  /**
   * Compares what is stored with the code, then begins to save.
   * @throws Error naming what differs, when stored sessions would lose something and that was not acknowledged
   */
  async start(): Promise<void> {
    const { store, interval = 30_000 } = this.options;
    const schema = codeSchema();
    const record = await store.readSchema();
    const conflicts = record === undefined ? [] : this.conflicts(record);
    if (conflicts.length > 0) {
      this.app.metrics.recordSchemaMismatch('hash');
      if (this.acknowledged === undefined) throw new Error(explain(conflicts));
      this.app.metrics.recordColdDeployAck(this.acknowledged);
    }
    await store.writeSchema(encodeSchema(schema));
    this.timer ??= setInterval(() => void this.saveAll(), interval).unref();
  }

  /** Saves all sessions, within 5 s, and ends. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    let limit: NodeJS.Timeout | undefined;
    const late = new Promise<void>(resolve => {
      limit = setTimeout(resolve, SHUTDOWN_LIMIT);
    });
    await Promise.race([this.saveAll(), late]);
    clearTimeout(limit);
  }

  /** Saves a session, unless it was just saved as it is. Never rejects: what fails is counted and logged. */
  save(session: Session, now = Date.now()): Promise<void> {
    const collected = session.persisted.collect();
    const blob = encodeBlob(session, collected.values);
    const last = this.saved.get(session);
    const isFresh = last !== undefined && now - last.at < this.app.limits.resumeWindow / 2;
    if (isFresh && last.blob === blob) return this.writing.get(session) ?? Promise.resolve();
    this.saved.set(session, { blob, at: now });
    if (!this.account(collected, Buffer.byteLength(blob))) return Promise.resolve();
    // One after the other: an earlier state must not overwrite a later one.
    const before = this.writing.get(session) ?? Promise.resolve();
    const written = before.then(() => this.write(session, blob));
    this.writing.set(session, written);
    return written;
  }

  /** A stored session, or why it cannot be had. */
  async load(id: string): Promise<SessionBlob | ResumeFailureReason> {
    let text: string | undefined;
    try {
      text = await this.options.store.load(id);
    } catch (error) {
      this.app.logger.error('The session store could not be read', error);
      return 'store_error';
    }
    if (text === undefined) return 'not_found';
    try {
      return decodeBlob(text, id);
    } catch (error) {
      const fault = error instanceof BlobError ? error.fault : 'decode';
      this.app.metrics.recordSchemaMismatch(fault);
      return fault === 'version' ? 'schema_mismatch' : 'decode_error';
    }
  }

  /** Forgets a session that ended. */
  async forget(session: Session): Promise<void> {
    try {
      await this.writing.get(session);
      await this.options.store.delete(session.id);
    } catch (error) {
      this.app.logger.error('The session store could not delete a session', error);
    }
  }

  private async saveAll(): Promise<void> {
    const sessions = [...this.app.sessions].values();
    const saveOnes = async (): Promise<void> => {
      for (const session of sessions) await this.save(session);
    };
    await Promise.all(Array.from({ length: PARALLEL_SAVES }, saveOnes));
  }

  /** Counts what a save takes in and leaves out; false when the whole is too large. */
  private account({ accepted, rejected }: Collected, bytes: number): boolean {
    const { metrics } = this.app;
    for (const [id, reason] of rejected) metrics.recordPersistWriteRejected(reason, id);
    if (bytes > MAX_SESSION_BYTES) {
      metrics.recordPersistWriteRejected('session_too_large', '_session');
      return false;
    }
    for (const [id, size] of accepted) metrics.recordPersistBytes(id, size);
    metrics.recordSessionPersistBytes(bytes);
    return true;
  }

  private async write(session: Session, blob: string): Promise<void> {
    try {
      await this.options.store.save(session.id, blob, this.app.limits.resumeWindow);
    } catch (error) {
      this.saved.delete(session);
      this.app.metrics.recordPersistWriteRejected('store_error', '_session');
      this.app.logger.error('The session store could not save a session', error);
    }
  }

  private conflicts(record: string): string[] {
    const stored = decodeSchema(record);
    return stored === undefined
      ? ['the stored form has another version']
      : schemaConflicts(stored, codeSchema());
  }
}

function explain(conflicts: string[]): string {
  return (
    `The store holds sessions that this code would take values from: ${conflicts.join('; ')}. ` +
    `Restore these, or acknowledge the loss with persist: { acknowledgeColdDeploy: true }, ${ACK_VARIABLE}=1 or app.acknowledgeColdDeploy()`
  );
}
