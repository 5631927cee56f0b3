// `restore <folder>`: puts a backup into an empty data directory. The database is put in place last, complete, so that a
// restore that is interrupted leaves none, and can be run again.
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createDataDir, resolveDataDir } from '../../db/embedded/data-dir.ts';
import { findBinaries, readMajor } from '../../db/embedded/binaries.ts';
import { lockDataDir } from '../../db/embedded/lock.ts';
import { chooseServerUser } from '../../db/embedded/server-user.ts';
import { stopLeftover } from '../../db/embedded/stop-leftover.ts';
import { openDatabase } from '../../db/open-database.ts';
import { StartupError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { fileStoreOf } from '../../uploads/store/open-store.ts';
import type { CommandContext } from '../command.ts';
import { exists, readFolder } from './backup.ts';
import { copyFile, copyTree, syncDirectory } from './copy-tree.ts';
import { readManifest, readSums } from './manifest.ts';
import { readMajorOf } from './stopped-database.ts';

/** A data directory within the data directory, until it is complete. */
const UNFINISHED = 'restore-unfinished';

/** @throws StartupError BACKUP_FAILED, DATA_DIR_IN_USE */
export async function restore({ config, log, args }: CommandContext): Promise<void> {
  const folder = readFolder(args);
  if (config.databaseUrl !== null) {
    throw failed(
      'DATABASE_URL is set: restore that database with pg_restore or as its host offers (docs/operations.md)',
    );
  }
  const manifest = await readManifest(folder);
  const dir = await resolveDataDir(config.dataDir);
  const user = await chooseServerUser(dir.cluster);
  const major = await readMajor(await findBinaries(import.meta.url), user);
  if (manifest.postgres !== major) {
    throw failed(
      `${folder} is of PostgreSQL ${manifest.postgres}, and this version has ${major}: use the older Waybill`,
    );
  }
  await createDataDir(dir, user);
  const release = await lockDataDir(dir.lock);
  try {
    if ((await readMajorOf(dir)) !== null) throw failed(`${dir.cluster} holds a database: move it away first`);
    const unfinished = join(dir.root, UNFINISHED);
    const store = manifest.hasBytes ? fileStoreOf(config) : null;
    const isRepeated = await exists(unfinished);
    if (store !== null && !isRepeated && (await hasFile(store))) {
      throw failed(`${store} holds uploaded bytes: move them away first`);
    }
    if (manifest.hasBytes && store === null) {
      throw failed('the backup has uploaded bytes, and WAYBILL_STORAGE_URL names a bucket: name a directory');
    }
    // A restore that was killed may have left a server running on it.
    if (isRepeated) await stopLeftover(join(unfinished, 'postgres'), log);
    await rm(unfinished, { recursive: true, force: true });
    await createDataDir({ ...dir, root: unfinished }, user);
    await fill(folder, unfinished, store);
    await tryDatabase(unfinished, log);
    await rename(join(unfinished, 'postgres-password'), dir.password);
    await rename(join(unfinished, 'postgres'), dir.cluster);
    await syncDirectory(dir.root);
    await rm(unfinished, { recursive: true, force: true });
    process.stdout.write(`${manifest.files} files, ${manifest.bytes} bytes, restored to ${dir.root}\n`);
  } finally {
    await release();
  }
}

/** Copies everything, and compares it with the sums of the backup. */
async function fill(folder: string, unfinished: string, store: string | null): Promise<void> {
  const sums = await readSums(folder);
  const check = (path: string, sha256: string): void => {
    if (sums.get(path) !== sha256)
      throw failed(`${join(folder, path)} is not as it was backed up: the backup is damaged`);
    sums.delete(path);
  };
  if (store !== null && (await exists(join(folder, 'uploads')))) {
    for await (const { path, sha256 } of copyTree(join(folder, 'uploads'), store)) check(`uploads/${path}`, sha256);
  }
  for await (const { path, sha256 } of copyTree(join(folder, 'postgres'), join(unfinished, 'postgres'))) {
    check(`postgres/${path}`, sha256);
  }
  const password = 'postgres-password';
  check(password, (await copyFile(join(folder, password), join(unfinished, password))).sha256);
  const [missing] = sums.keys();
  if (missing !== undefined) throw failed(`${join(folder, missing)} is missing: the backup is damaged`);
}

/** Starts the restored database once: one that does not start is not put in place. */
async function tryDatabase(unfinished: string, log: Logger): Promise<void> {
  const settings = {
    databaseUrl: null,
    directDatabaseUrl: null,
    databaseRole: null,
    dataDir: unfinished,
    allowUnsafeDurability: false,
  };
  const { embedded } = await openDatabase(settings, log);
  await embedded?.stop();
}

async function hasFile(directory: string): Promise<boolean> {
  if (!(await exists(directory))) return false;
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.some((entry) => !entry.isDirectory());
}

const failed = (problem: string): StartupError => new StartupError('BACKUP_FAILED', problem);
