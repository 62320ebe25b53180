import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Bytes that the address of a Unix socket can have on every system, without the last zero. */
const MAX_PATH = 103;
/** Characters that the file name of a slot may take. */
const FILE_NAME = '/9999.sock'.length;
const OTHERS = 0o077;

/** The folder of the processes that publish at one address, or why there is none. */
export type Folder = { readonly path: string } | { readonly missing: string };

/**
 * Opens the folder in which the processes of this user that publish at an address find each other.
 * Nobody else can read or write it.
 */
export function openFolder(host: string, port: number): Folder {
  const uid = process.getuid?.();
  if (uid === undefined) return { missing: 'processes cannot share a port on this system' };
  // A hash, since a host can have any length.
  const hash = createHash('sha256').update(host).digest('hex').slice(0, 8);
  const path = join(tmpdir(), `vango-otel-${uid}-${port}-${hash}`);
  if (Buffer.byteLength(path) + FILE_NAME > MAX_PATH)
    return { missing: `${path} is too long for a socket; set TMPDIR to a shorter path` };
  try {
    makeFolder(path);
    // Others may have made it: the folder of temporary files is open to all.
    const stat = lstatSync(path);
    if (stat.isDirectory() && stat.uid === uid && (stat.mode & OTHERS) === 0) return { path };
    return { missing: `${path} is open to other users; remove it` };
  } catch (error) {
    return { missing: `${path} cannot be made (${(error as NodeJS.ErrnoException).code})` };
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
