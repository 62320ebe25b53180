import { chmodSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { answer, ask, type Respond } from './question';

/** Slots that one folder can have; far more than processes that can share a host. */
const MAX_SLOTS = 10_000;
const FILE = /^(\d{1,4})\.sock$/;
/** How often a socket has to refuse until its process counts as dead, and the pauses between. */
const REFUSALS = 3;
const REFUSAL_PAUSE = 50;
const PROBE_LIMIT = 1000;

/** The socket of a slot. */
export function socketOf(folder: string, slot: number): string {
  return join(folder, `${slot}.sock`);
}

/** The slots that have a socket, in order, those of dead processes included. */
export function slotsIn(folder: string): number[] {
  return readdirSync(folder)
    .flatMap(name => FILE.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** A number that one process of a folder has while it lives: its socket there. */
export class Slot {
  private readonly identity: string | undefined;

  private constructor(
    readonly number: number,
    private readonly path: string,
    private readonly server: Server,
    private readonly sockets: ReadonlySet<Socket>,
  ) {
    this.identity = identityOf(path);
  }

  /**
   * Takes the lowest slot that no living process has.
   *
   * @param respond - Answers the questions of other processes.
   * @throws Error where no socket can be opened
   */
  static async take(folder: string, respond: Respond): Promise<Slot> {
    const sockets = new Set<Socket>();
    const server = createServer(socket => {
      sockets.add(socket.on('close', () => sockets.delete(socket)));
      answer(socket, respond);
    }).unref();
    for (let number = 0; number < MAX_SLOTS; number++) {
      const path = socketOf(folder, number);
      const isTaken =
        (await bind(server, path)) || ((await clear(path)) && (await bind(server, path)));
      if (isTaken) return new Slot(number, path, server, sockets);
    }
    throw new Error('all slots are taken');
  }

  /** Whether the socket at the path is still the own one: others may have removed it. */
  get isHeld(): boolean {
    return identityOf(this.path) === this.identity;
  }

  leave(): Promise<void> {
    // Closing removes the file, whosever it is.
    if (!this.isHeld) return Promise.resolve();
    return new Promise(resolve => {
      this.server.close(() => resolve());
      for (const socket of this.sockets) socket.destroy();
    });
  }
}

/** Listens at a path, unless there is a socket already. */
function bind(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      server.off('listening', succeeded);
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    };
    const succeeded = (): void => {
      server.off('error', failed).on('error', () => {});
      closeToOthers(path);
      resolve(true);
    };
    server.once('error', failed).once('listening', succeeded);
    // Exclusive: a worker of node:cluster would listen through its primary.
    server.listen({ path, exclusive: true });
  });
}

/** For the case that its folder is opened to others later. */
function closeToOthers(path: string): void {
  try {
    chmodSync(path, 0o600);
  } catch {
    // Its folder was removed, or this process may not change modes.
  }
}

/** Removes the socket of a dead process. Returns whether the path is free now. */
async function clear(path: string): Promise<boolean> {
  const identity = identityOf(path);
  for (let refusals = 0; refusals < REFUSALS; refusals++) {
    // A socket refuses also in the moment before its process listens.
    if (refusals > 0) await delay(REFUSAL_PAUSE, undefined, { ref: false });
    if ((await ask(path, '', PROBE_LIMIT)).isAlive) return false;
  }
  // In one turn, so that no other process comes between. One that does notices, by `isHeld`.
  if (identityOf(path) !== identity) return false;
  try {
    rmSync(path, { force: true });
    return true;
  } catch {
    return false;
  }
}

/** Tells a socket from another one that was made later at the same path. Undefined for none. */
function identityOf(path: string): string | undefined {
  try {
    const { ino, mtimeNs } = statSync(path, { bigint: true });
    return `${ino} ${mtimeNs}`;
  } catch {
    return undefined;
  }
}
