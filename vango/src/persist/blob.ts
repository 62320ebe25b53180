import type { User } from '../session/ctx';
import type { Session } from '../session/session';
import type { Shown } from '../session/shown';
import { FORMAT_VERSION } from './schema';
import type { StoredValue } from './sessionValues';

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

export function encodeBlob(session: Session, signals: SessionBlob['signals'], owner: string): string {
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
