import { randomUUID } from 'node:crypto';
import type {
  ColdDeployAckSource,
  ResumeFailureReason,
  StoreOperation,
  StoreOutcome,
} from '../metrics';
import type { SessionHost, SessionPersistence } from '../session/host';
import {
  BlobError,
  decodeBlob,
  encodeBlob,
  type SessionBlob,
  type StorableSession,
} from '../state/blob';
import {
  addedIds,
  codeSchema,
  decodeSchema,
  encodeSchema,
  misfitOf,
  type Schema,
  schemaConflicts,
} from '../state/schema';
import type { Collected, StoredValue } from '../state/sessionValues';
import type { SessionStore } from './sessionStore';

/** Options of persistence. */
export interface PersistOptions {
  store: SessionStore;
  /** Milliseconds between two saves of sessions in use. Default: 30 000. */
  interval?: number;
  /**
   * Accepts that stored sessions lose what this code no longer understands. Default: false; the app
   * then does not start.
   */
  acknowledgeColdDeploy?: boolean;
}

/** Bytes of one stored session at most. */
const MAX_SESSION_BYTES = 512 * 1024;
/** Environment variable that acknowledges a cold deploy with `1`. */
export const ACK_VARIABLE = 'VANGO_ACK_COLD_DEPLOY';
/** Command-line flag that acknowledges a cold deploy. */
export const ACK_FLAG = '--vango-ack-cold-deploy';
const SHUTDOWN_LIMIT = 5000;
/** Concurrent writes: stores have limits of their own, such as open files. */
const PARALLEL_SAVES = 32;

/** What persistence needs of the application whose sessions it stores. */
export interface PersistenceHost extends Pick<SessionHost, 'metrics' | 'logger' | 'limits'> {
  readonly sessions: Iterable<StorableSession>;
}

/** The last save of a session here. */
interface Saved {
  readonly blob: string;
  readonly at: number;
  /** Whether the session was detached. Its browser may have gone to another process since. */
  isDetached: boolean;
}

/** Stores sessions and brings them back. */
export class Persistence implements SessionPersistence {
  private timer: NodeJS.Timeout | undefined;
  private readonly owner = randomUUID();
  private readonly saved = new WeakMap<StorableSession, Saved>();
  private readonly writing = new WeakMap<StorableSession, Promise<void>>();
  private acknowledged: ColdDeployAckSource | undefined;
  private closed = false;

  constructor(
    private readonly host: PersistenceHost,
    private readonly options: PersistOptions,
  ) {
    if (options.acknowledgeColdDeploy === true) this.acknowledged = 'config';
    else if (process.env[ACK_VARIABLE] === '1') this.acknowledged = 'env';
    else if (process.argv.includes(ACK_FLAG)) this.acknowledged = 'flag';
  }

  /** Accepts that stored sessions lose what this code no longer understands. */
  acknowledge(): void {
    this.acknowledged ??= 'api';
  }

  /**
   * Compares the stored sessions with the code, then begins to save.
   *
   * @throws Error that names what would be lost, unless that was acknowledged
   */
  async start(): Promise<void> {
    const { store, interval = 30_000 } = this.options;
    const schema = codeSchema();
    const record = await store.readSchema();
    if (record !== undefined) this.compare(decodeSchema(record), schema);
    this.closed = false;
    await store.writeSchema(encodeSchema(schema));
    this.timer ??= setInterval(() => void this.saveAll(), interval).unref();
  }

  /**
   * Saves all sessions within 5 s, and ends. Sessions that are not saved by then are lost, and
   * counted.
   */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    let limit: NodeJS.Timeout | undefined;
    const late = new Promise<void>(resolve => {
      limit = setTimeout(resolve, SHUTDOWN_LIMIT);
    });
    const unsaved = new Set(this.host.sessions);
    for (const session of unsaved) session.noteShown();
    await Promise.race([this.saveAll(unsaved), late]);
    clearTimeout(limit);
    this.closed = true;
    if (unsaved.size > 0)
      this.host.logger.error(
        `${unsaved.size} sessions could not be saved within ${SHUTDOWN_LIMIT / 1000} s`,
      );
    for (const _ of unsaved)
      this.host.metrics.recordPersistWriteRejected('store_closed', '_session');
  }

  /**
   * Saves a session, unless it has not changed. Never throws or rejects: failures are counted and
   * logged.
   */
  save(session: StorableSession, now = Date.now()): Promise<void> {
    if (this.closed) return Promise.resolve();
    const collected = session.persisted.collect();
    let blob: string;
    try {
      blob = encodeBlob(session, collected.values, this.owner);
    } catch (error) {
      this.host.metrics.recordPersistWriteRejected('not_serializable', '_session');
      this.host.logger.error(
        `The user of session ${session.id} cannot be stored: it cannot be written as JSON`,
        error,
      );
      return Promise.resolve();
    }
    const last = this.saved.get(session);
    const isFresh = last !== undefined && now - last.at < this.host.limits.resumeWindow / 2;
    const isDetached = session.state === 'detached';
    if (isFresh && last.blob === blob) {
      last.isDetached = isDetached;
      return this.writing.get(session) ?? Promise.resolve();
    }
    this.saved.set(session, { blob, at: now, isDetached });
    if (!this.account(collected, Buffer.byteLength(blob))) return Promise.resolve();
    // In order: an earlier state must not overwrite a later one.
    const before = this.writing.get(session) ?? Promise.resolve();
    const written = before.then(() => this.write(session, blob, last));
    this.writing.set(session, written);
    return written;
  }

  /** Loads a stored session, or the reason why it cannot be loaded. */
  async load(id: string): Promise<SessionBlob | ResumeFailureReason> {
    let text: string | undefined;
    try {
      text = await this.read(id);
    } catch (error) {
      this.host.logger.error('The session store could not be read', error);
      return 'store_error';
    }
    if (text === undefined) return 'not_found';
    try {
      const blob = decodeBlob(text, id);
      return { ...blob, signals: this.fitting(blob.signals) };
    } catch (error) {
      const fault = error instanceof BlobError ? error.fault : 'decode';
      this.host.metrics.recordSchemaMismatch(fault);
      return fault === 'version' ? 'schema_mismatch' : 'decode_error';
    }
  }

  /** The stored values that fit this code. */
  private fitting(stored: SessionBlob['signals']): Record<string, StoredValue> {
    const fitting: Record<string, StoredValue> = {};
    for (const [id, value] of Object.entries(stored)) {
      const misfit = misfitOf(id, value.type);
      if (misfit === undefined) fitting[id] = value;
      else this.host.metrics.recordSchemaMismatch(misfit);
    }
    return fitting;
  }

  /** Whether another process continues a session that is detached here and owns what is stored. */
  async hasMoved(session: StorableSession): Promise<boolean> {
    await this.writing.get(session);
    return session.state === 'detached' && this.isTaken(session, this.saved.get(session));
  }

  /** Whether the stored session of an id belongs to another process. */
  async isOthers(id: string): Promise<boolean> {
    try {
      const text = await this.read(id);
      const owner =
        text === undefined ? undefined : (JSON.parse(text) as Partial<SessionBlob> | null)?.owner;
      return owner !== undefined && owner !== this.owner;
    } catch {
      return false;
    }
  }

  /** Forgets a session that ended. */
  async forget(session: StorableSession): Promise<void> {
    try {
      await this.writing.get(session);
      if (!(await this.isTaken(session, this.saved.get(session))))
        await this.timed('forget', () => this.options.store.delete(session.id));
    } catch (error) {
      this.host.logger.error('The session store could not delete a session', error);
    }
  }

  /** @param unsaved - sessions; those that are saved are removed */
  private async saveAll(unsaved = new Set(this.host.sessions)): Promise<void> {
    const sessions = [...unsaved].values();
    const saveOnes = async (): Promise<void> => {
      for (const session of sessions) {
        await this.save(session);
        unsaved.delete(session);
      }
    };
    await Promise.all(Array.from({ length: PARALLEL_SAVES }, saveOnes));
  }

  /**
   * Counts the accepted and rejected values of a save. Returns false when the whole is too large.
   */
  private account({ accepted, rejected }: Collected, bytes: number): boolean {
    const { metrics } = this.host;
    for (const [id, reason] of rejected) metrics.recordPersistWriteRejected(reason, id);
    if (bytes > MAX_SESSION_BYTES) {
      metrics.recordPersistWriteRejected('session_too_large', '_session');
      return false;
    }
    for (const [id, size] of accepted) metrics.recordPersistBytes(id, size);
    metrics.recordSessionPersistBytes(bytes);
    return true;
  }

  /** @param last - the save before this one */
  private async write(
    session: StorableSession,
    blob: string,
    last: Saved | undefined,
  ): Promise<void> {
    try {
      if (session.state === 'detached' && (await this.isTaken(session, last))) return;
      const { resumeWindow } = this.host.limits;
      await this.timed('save', () => this.options.store.save(session.id, blob, resumeWindow));
    } catch (error) {
      this.saved.delete(session);
      this.host.metrics.recordPersistWriteRejected('store_error', '_session');
      this.host.logger.error('The session store could not save a session', error);
    }
  }

  private read(id: string): Promise<string | undefined> {
    return this.timed('load', () => this.options.store.load(id));
  }

  /** Asks the store, and reports how long its answer took. */
  private async timed<T>(operation: StoreOperation, ask: () => Promise<T>): Promise<T> {
    const askedAt = performance.now();
    const report = (outcome: StoreOutcome): void => {
      const seconds = (performance.now() - askedAt) / 1000;
      this.host.metrics.recordStoreOperation(operation, outcome, seconds);
    };
    try {
      const answer = await ask();
      report('success');
      return answer;
    } catch (error) {
      report('error');
      throw error;
    }
  }

  /** Whether another process has saved a session since it was saved here as detached. */
  private async isTaken({ id }: StorableSession, last: Saved | undefined): Promise<boolean> {
    return last?.isDetached === true && (await this.isOthers(id));
  }

  /** @throws Error that names what would be lost, unless that was acknowledged */
  private compare(stored: Schema | undefined, code: Schema): void {
    const { metrics } = this.host;
    for (const _ of addedIds(stored ?? code, code)) metrics.recordSchemaMismatch('missing_id');
    const conflicts =
      stored === undefined
        ? ['the stored form has another version']
        : schemaConflicts(stored, code);
    if (conflicts.length === 0) return;
    metrics.recordSchemaMismatch('hash');
    if (this.acknowledged === undefined) throw new Error(explain(conflicts));
    metrics.recordColdDeployAck(this.acknowledged);
  }
}

function explain(conflicts: string[]): string {
  return (
    `The store holds sessions that this code would take values from: ${conflicts.join('; ')}. ` +
    'Restore these, or acknowledge the loss with persist: { acknowledgeColdDeploy: true }, ' +
    `${ACK_VARIABLE}=1, ${ACK_FLAG} or app.acknowledgeColdDeploy()`
  );
}
