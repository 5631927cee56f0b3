// The embedded database at rest: no server runs on its files, and none can start while they are held.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DataDir, resolveDataDir } from '../../db/embedded/data-dir.ts';
import { lockDataDir } from '../../db/embedded/lock.ts';
import { startEmbedded } from '../../db/embedded/start.ts';
import { StartupError } from '../../errors.ts';
import type { Logger } from '../../log.ts';

/** The major version of the cluster in a data directory, or null if it has none. */
export async function readMajorOf({ cluster }: Pick<DataDir, 'cluster'>): Promise<string | null> {
  return readFile(join(cluster, 'PG_VERSION'), 'utf8').then(
    (text) => text.trim(),
    () => null,
  );
}

/**
 * Shuts the database down cleanly, also one that a killed program has left behind, and keeps others from starting it.
 * @returns what releases it
 * @throws StartupError DATA_DIR_IN_USE while a program runs on it, BACKUP_FAILED when there is none
 */
export async function holdStopped(dataDir: string, log: Logger): Promise<{ dir: DataDir } & AsyncDisposable> {
  const dir = await resolveDataDir(dataDir);
  if ((await readMajorOf(dir)) === null) {
    throw new StartupError('BACKUP_FAILED', `there is no embedded database in ${dir.root} (WAYBILL_DATA_DIR)`);
  }
  // A start recovers what a crash has left, and shows that the files are good.
  const server = await startEmbedded({ dataDir, log, graceMs: 60_000 });
  await server.stop();
  const release = await lockDataDir(dir.lock);
  return { dir, [Symbol.asyncDispose]: release };
}
