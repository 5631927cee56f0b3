// `backup <folder>`: a copy of the embedded database and of the uploaded bytes, taken while the service is stopped. The
// embedded PostgreSQL comes without pg_dump and pg_basebackup, so its files are copied.
import { open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { createDirectory } from '../../create-directory.ts';
import { StartupError } from '../../errors.ts';
import { fileStoreOf } from '../../uploads/store/open-store.ts';
import type { CommandContext } from '../command.ts';
import { type CopiedFile, copyFile, copyTree, syncDirectory } from './copy-tree.ts';
import { MANIFEST, type Manifest, SUMS, printSum } from './manifest.ts';
import { holdStopped, readMajorOf } from './stopped-database.ts';

// Says which process serves the cluster: of no use anywhere else.
const OF_A_RUNNING_SERVER = ['postmaster.pid', 'postmaster.opts'];

/** @throws StartupError BACKUP_FAILED, DATA_DIR_IN_USE while the service runs */
export async function backup({ config, log, args }: CommandContext): Promise<void> {
  const folder = readFolder(args);
  if (config.databaseUrl !== null) {
    throw failed('DATABASE_URL is set: back that database up with pg_dump or as its host offers (docs/operations.md)');
  }
  if (await exists(folder)) throw failed(`${folder} exists already: name a folder that does not`);
  await using held = await holdStopped(config.dataDir, log);
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await createDirectory(unfinished, 0o700);
  const store = fileStoreOf(config);
  const sources: Source[] = [
    { name: 'postgres', path: held.dir.cluster },
    ...(store !== null && (await exists(store)) ? [{ name: 'uploads', path: store }] : []),
  ];
  const manifest = {
    format: 1,
    createdAt: new Date().toISOString(),
    postgres: (await readMajorOf(held.dir))!,
    hasBytes: store !== null,
    ...(await copyAll(unfinished, sources, held.dir.password)),
  } satisfies Manifest;
  await writeFile(join(unfinished, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600, flush: true });
  await syncDirectory(unfinished);
  await rename(unfinished, folder);
  await syncDirectory(dirname(folder));
  process.stdout.write(`${manifest.files} files, ${manifest.bytes} bytes, in ${folder}\n`);
  if (store === null) process.stdout.write('The uploaded bytes are in a bucket and not in this backup.\n');
}

interface Source {
  readonly name: string;
  readonly path: string;
}

async function copyAll(
  to: string,
  sources: readonly Source[],
  password: string,
): Promise<Pick<Manifest, 'files' | 'bytes'>> {
  await using sums = await open(join(to, SUMS), 'w', 0o600);
  const total = { files: 0, bytes: 0 };
  for await (const { path, bytes, sha256 } of filesOf(to, sources, password)) {
    await sums.write(printSum(sha256, path));
    total.files += 1;
    total.bytes += bytes;
  }
  await sums.sync();
  return total;
}

async function* filesOf(to: string, sources: readonly Source[], password: string): AsyncGenerator<CopiedFile> {
  yield { path: 'postgres-password', ...(await copyFile(password, join(to, 'postgres-password'))) };
  for (const { name, path } of sources) {
    for await (const file of copyTree(path, join(to, name), OF_A_RUNNING_SERVER)) {
      yield { ...file, path: `${name}/${file.path}` };
    }
  }
}

/** @throws StartupError */
export function readFolder(args: readonly string[]): string {
  const [folder, ...more] = args;
  if (folder === undefined || folder === '' || more.length > 0) throw failed('name one folder for the backup');
  return resolve(folder);
}

export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

const failed = (problem: string): StartupError => new StartupError('BACKUP_FAILED', problem);
