import { setImmediate } from 'node:timers/promises';
import type { Session, Sessions } from '../internal-types';
import { cutName, shortId } from './text';
import type { SessionList, SessionRow, Sort } from './wire';

/** Sessions that are shown. */
const MAX_ROWS = 20;
/** Milliseconds of work after which the event loop turns: to measure a session takes a while. */
const SLICE = 1;

/**
 * The sessions that have most of what is asked for, among those whose id begins as searched.
 *
 * @param includeUserId - whether they may have the id of their user
 */
export async function listSessions(
  apps: Iterable<Sessions>,
  sort: Sort,
  search: string,
  includeUserId: boolean,
): Promise<SessionList> {
  let rows: SessionRow[] = [];
  let matching = 0;
  let end = performance.now() + SLICE;
  for (const session of sessionsOf(apps)) {
    if (!session.id.startsWith(search)) continue;
    matching++;
    rows.push(rowOf(session, includeUserId));
    if (rows.length > 10 * MAX_ROWS) rows = first(rows, sort);
    if (performance.now() < end) continue;
    await setImmediate();
    end = performance.now() + SLICE;
  }
  return { matching, rows: first(rows, sort) };
}

/** The session whose id begins so. */
export function findSession(apps: Iterable<Sessions>, start: string): Session | undefined {
  for (const session of sessionsOf(apps)) if (session.id.startsWith(start)) return session;
  return undefined;
}

function* sessionsOf(apps: Iterable<Sessions>): Generator<Session> {
  for (const sessions of apps) {
    // An app that counts its sessions by itself may not list them.
    if (typeof sessions[Symbol.iterator] === 'function') yield* sessions as Iterable<Session>;
  }
}

function first(rows: SessionRow[], sort: Sort): SessionRow[] {
  return rows.sort((a, b) => b[sort] - a[sort] || b.lastActive - a.lastActive).slice(0, MAX_ROWS);
}

/** @param includeUserId - whether the row may have the id of the user */
export function rowOf(session: Session, includeUserId: boolean): SessionRow {
  const { id, route, path, state = '', memory = 0, patchBytes = 0, user } = session;
  const { waitingEvents = 0, isHandling = false, createdAt = 0, lastActive = 0 } = session;
  return {
    id: shortId(id),
    route,
    path: cutName(path),
    ...{ state, memory, patchBytes, createdAt, lastActive },
    queue: waitingEvents + (isHandling ? 1 : 0),
    user: includeUserId && user !== undefined ? cutName(user.id) : undefined,
  };
}
