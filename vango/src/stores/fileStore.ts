import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SessionStore } from './sessionStore';

interface StoredFile {
  readonly expiresAt: number;
  readonly blob: string;
}

const SCHEMA = 'schema.json';
const SUFFIX = '.session.json';

/** Keeps sessions as files in a folder, which it creates if needed. They survive restarts. */
export function fileStore(folder: string): SessionStore {
  const fileOf = (id: string): string => join(folder, `${id}${SUFFIX}`);
  let swept = false;
  return {
    async save(id, blob, ttl) {
      if (!swept) {
        swept = true;
        await sweep(folder);
      }
      const stored: StoredFile = { expiresAt: Date.now() + ttl, blob };
      await replaceFile(folder, fileOf(id), JSON.stringify(stored));
    },
    async load(id) {
      const text = await readIfThere(fileOf(id));
      if (text === undefined) return undefined;
      const { expiresAt, blob } = JSON.parse(text) as StoredFile;
      if (expiresAt > Date.now()) return blob;
      await rm(fileOf(id), { force: true });
      return undefined;
    },
    delete: id => rm(fileOf(id), { force: true }),
    readSchema: () => readIfThere(join(folder, SCHEMA)),
    writeSchema: record => replaceFile(folder, join(folder, SCHEMA), record),
  };
}

/** After a crash there is the old file or the new one, never half of one. */
async function replaceFile(folder: string, file: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const fresh = join(folder, `${randomUUID()}.tmp`);
  await writeFile(fresh, text);
  await rename(fresh, file);
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Deletes expired files, and files that a crash left half written. */
async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const file = join(folder, name);
    if (name.endsWith('.tmp')) await rm(file, { force: true });
    else if (name.endsWith(SUFFIX)) {
      const text = await readIfThere(file);
      if (text !== undefined && isExpired(text)) await rm(file, { force: true });
    }
  }
}

function isExpired(text: string): boolean {
  try {
    return (JSON.parse(text) as StoredFile).expiresAt <= Date.now();
  } catch {
    return true;
  }
}
