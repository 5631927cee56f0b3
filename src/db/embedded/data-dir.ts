// The layout of the data directory, and its creation. Other contents of the directory (uploads) are left alone.
import { chmod, realpath } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { createDirectory } from '../../create-directory.ts';
import type { ServerUser } from './server-user.ts';

export interface DataDir {
  root: string;
  cluster: string;
  password: string;
  lock: string;
}

/** Resolves symbolic links first, so that each directory has one name. */
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

/** Private to this user; when the server runs as another user, that user can enter it but not read it. */
export async function createDataDir({ root }: DataDir, user: ServerUser | undefined): Promise<void> {
  const topmostCreated = await createDirectory(root, 0o700);
  if (topmostCreated === undefined || user === undefined) return;
  // With chmod, because the umask restricts the mode given to mkdir.
  for (let created = root; created.length >= topmostCreated.length; created = dirname(created)) {
    await chmod(created, 0o711);
  }
}
