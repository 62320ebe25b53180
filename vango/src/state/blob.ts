import type { User } from '../ctx';
import { FORMAT_VERSION } from './schema';
import type { SessionValues, StoredValue } from './sessionValues';

/**
 * `attached`: a socket is connected. `detached`: the session waits for its browser to come back.
 * `closed`: it is over.
 */
export type SessionState = 'attached' | 'detached' | 'closed';

/** What a browser shows: another process can tell whether its own render is the same. */
export interface Shown {
  /** Number of the last patch frame. */
  readonly seq: number;
  readonly fingerprint: string;
  /** The elements' numbers in document order, as runs: `1-9,12`. */
  readonly numbers: string;
  /** Number of the last event that came from it. */
  readonly lastEvent: number;
}

/** What is stored of a session. */
export interface StorableSession {
  readonly id: string;
  readonly state: SessionState;
  readonly ip: string;
  readonly user: User | undefined;
  readonly path: string;
  readonly search: string;
  /** W3C trace context of the connect. */
  readonly traceparent: string | undefined;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly shown: Shown | undefined;
  readonly persisted: SessionValues;
  /** Notes what the browser shows now in `shown`. */
  noteShown(): void;
}

/** A session as it is stored. */
export interface SessionBlob {
  readonly version: number;
  readonly id: string;
  readonly ip: string;
  readonly user?: User;
  readonly path: string;
  readonly search: string;
  /** W3C trace context of the connect. */
  readonly traceparent?: string;
  /** Names the process that saved it. */
  readonly owner?: string;
  readonly createdAt: number;
  /** Absent while a browser is attached. */
  readonly shown?: Shown;
  readonly signals: Readonly<Record<string, StoredValue>>;
}

/** A stored session that this code cannot read. */
export class BlobError extends Error {
  override name = 'BlobError';

  constructor(readonly fault: 'decode' | 'version') {
    super(`A stored session cannot be read: ${fault}`);
  }
}

/**
 * Encodes a session as JSON text.
 *
 * @param owner - names the process that saves it
 */
export function encodeBlob(
  session: StorableSession,
  signals: SessionBlob['signals'],
  owner: string,
): string {
  const { id, ip, user, path, search, traceparent, createdAt, shown } = session;
  const blob: SessionBlob = {
    version: FORMAT_VERSION,
    id,
    ip,
    user,
    path,
    search,
    traceparent,
    owner,
    createdAt,
    shown,
    signals,
  };
  return JSON.stringify(blob);
}

/** @throws BlobError */
export function decodeBlob(text: string, id: string): SessionBlob {
  let blob: SessionBlob;
  try {
    blob = JSON.parse(text) as SessionBlob;
  } catch {
    throw new BlobError('decode');
  }
  if (blob?.version !== FORMAT_VERSION) throw new BlobError('version');
  const isWhole =
    blob.id === id &&
    typeof blob.path === 'string' &&
    typeof blob.signals === 'object' &&
    blob.signals !== null;
  if (!isWhole) throw new BlobError('decode');
  return blob;
}
