// Where things lie in the data directory, and its creation. What belongs to others in there (uploads) is not touched.
import { chmod, mkdir, realpath } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import type { ServerUser } from './server-user.ts';

export interface DataDir {
  root: string;
  cluster: string;
  password: string;
  lock: string;
}

/** Follows symbolic links first, so that one directory has one name whichever way it is reached. */
export async function resolveDataDir(path: string): Promise<DataDir> {
  const wanted = resolve(path);
  const existing = await deepestExisting(wanted);
  const root = join(await realpath(existing), relative(existing, wanted));
  return {
    root,
    cluster: join(root, 'postgres'),
    password: join(root, 'postgres-password'),
    lock: join(root, 'waybill.lock'),
  };
}

async function deepestExisting(path: string): Promise<string> {
  const found = await realpath(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return found === undefined ? deepestExisting(dirname(path)) : path;
}

/** Private to this user, or passable but not readable when the server runs as another one. */
export async function createDataDir({ root }: DataDir, user: ServerUser | undefined): Promise<void> {
  const topmostCreated = await mkdir(root, { recursive: true, mode: 0o700 });
  if (topmostCreated === undefined || user === undefined) return;
  // By chmod, because the mode given to mkdir is cut by the umask.
  for (let created = root; created.length >= topmostCreated.length; created = dirname(created)) {
    await chmod(created, 0o711);
  }
}
