// The marker of a store in local files: `<dir>/waybill-store`, which holds the identity of the store and a newline.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from './sync-directory.ts';

const NAME = 'waybill-store';

/** @returns null when there is none */
export async function readMarkerFile(dir: string): Promise<string | null> {
  return await readFile(join(dir, NAME), 'utf8').then(
    (text) => text.trim(),
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    },
  );
}

/** Whole or not at all, and durable. */
export async function writeMarkerFile(dir: string, id: string): Promise<void> {
  const temporary = join(dir, `${NAME}.new`);
  await writeFile(temporary, `${id}\n`, { mode: 0o600, flush: true });
  await rename(temporary, join(dir, NAME));
  await syncDirectory(dir);
}
