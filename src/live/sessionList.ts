import { setImmediate } from 'node:timers/promises';
import type { Session, Sessions } from '../internal-types';
import type { MemoryReadings } from './memoryReadings';
import { cutName, shortId } from './text';
import type { SessionList, SessionRow, Sort } from './wire';

/** Sessions that are shown. */
const MAX_ROWS = 20;
/** Sessions that are looked at before the event loop turns. */
const SLICE = 500;

interface Ranked {
  readonly session: Session;
  readonly rank: number;
}

type RankOf = (session: Session, readings: MemoryReadings) => number;

const RANKS: Readonly<Record<Sort, RankOf>> = {
  memory: (session, readings) => readings.of(session) ?? -1,
  queue: queueOf,
  patchBytes: ({ patchBytes = 0 }) => patchBytes,
};

/**
 * The sessions that have most of what is asked for, among those whose id begins as searched.
 *
 * @param includeUserId - whether they may have the id of their user
 */
export async function listSessions(
  apps: Iterable<Sessions>,
  readings: MemoryReadings,
  sort: Sort,
  search: string,
  includeUserId: boolean,
): Promise<SessionList> {
  if (sort === 'memory') await readings.round(sessionsOf(apps));
  let ranked: Ranked[] = [];
  let matching = 0;
  let seen = 0;
  for (const session of sessionsOf(apps)) {
    if (++seen % SLICE === 0) await setImmediate();
    if (!session.id.startsWith(search)) continue;
    matching++;
    ranked.push({ session, rank: RANKS[sort](session, readings) });
    if (ranked.length > 10 * MAX_ROWS) ranked = first(ranked);
  }
  const shown = first(ranked).map(({ session }) => session);
  if (sort !== 'memory') await readings.measure(shown);
  return { matching, rows: shown.map(session => rowOf(session, readings, includeUserId)) };
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

function first(ranked: Ranked[]): Ranked[] {
  const lastActive = ({ session }: Ranked): number => session.lastActive ?? 0;
  return ranked.sort((a, b) => b.rank - a.rank || lastActive(b) - lastActive(a)).slice(0, MAX_ROWS);
}

/** Events that run or wait. */
function queueOf({ waitingEvents = 0, isHandling = false }: Session): number {
  return waitingEvents + (isHandling ? 1 : 0);
}

/** @param includeUserId - whether the row may have the id of the user */
export function rowOf(
  session: Session,
  readings: MemoryReadings,
  includeUserId: boolean,
): SessionRow {
  const { id, route, path, state = '', patchBytes = 0, user } = session;
  const { createdAt = 0, lastActive = 0 } = session;
  return {
    id: shortId(id),
    route,
    path: cutName(path),
    ...{ state, patchBytes, createdAt, lastActive },
    memory: readings.of(session),
    queue: queueOf(session),
    user: includeUserId && user !== undefined ? cutName(user.id) : undefined,
  };
}
