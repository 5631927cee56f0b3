// The database cluster on disk and the password of its superuser.
import { randomBytes } from 'node:crypto';
import { chmod, chown, lchown, mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartupError } from '../../errors.ts';
import type { Binaries } from './binaries.ts';
import type { DataDir } from './data-dir.ts';
import { ROLE } from './database.ts';
import { run } from './run.ts';
import type { ServerUser } from './server-user.ts';

const UNFINISHED = 'postgres.init-';

/** Undefined where there is no cluster yet. */
async function readClusterMajor({ cluster }: DataDir): Promise<string | undefined> {
  return (await readIfPresent(join(cluster, 'PG_VERSION')))?.trim();
}

/** PostgreSQL cannot read the files of another major version. Touches nothing. */
export async function assertSameMajor(dir: DataDir, major: string): Promise<void> {
  const found = await readClusterMajor(dir);
  if (found === undefined || found === major) return;
  throw failed(
    `${dir.cluster} was made by PostgreSQL ${found}, and this is PostgreSQL ${major}, which cannot read it. ` +
      'Go back to the version of Waybill that made it, and move it to a server of your own (npm run move).',
  );
}

/** Makes the cluster at the first start. Returns the password of the superuser. */
export async function prepareCluster(dir: DataDir, binaries: Binaries, user: ServerUser | undefined): Promise<string> {
  await removeUnfinished(dir);
  const existing = await readIfPresent(dir.password);
  if ((await readClusterMajor(dir)) === undefined) {
    const password = existing ?? (await createPassword(dir));
    await initialise(dir, binaries, user);
    return password;
  }
  if (existing === undefined) {
    throw failed(`${dir.password}, which opens the database in ${dir.cluster}, is missing: put it back.`);
  }
  if (user !== undefined) await giveTo(user, dir.cluster);
  // PostgreSQL requires it, and a copy or a mounted volume may have wider permissions.
  await chmod(dir.cluster, 0o700);
  return existing;
}

/** Creates the cluster under a temporary name and renames it when it is complete, so that a partial one is never used. */
async function initialise(dir: DataDir, binaries: Binaries, user: ServerUser | undefined): Promise<void> {
  const unfinished = await mkdtemp(join(dir.root, UNFINISHED));
  try {
    if (user !== undefined) {
      await chown(unfinished, user.uid, user.gid);
      await chown(dir.password, user.uid, user.gid);
    }
    const authentication = [`--username=${ROLE}`, `--pwfile=${dir.password}`, '--auth=scram-sha-256'];
    // Sorts the same on every machine, and handles the letters of all languages.
    const text = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
    const { code, output } = await run(user, binaries.initdb, [`--pgdata=${unfinished}`, ...authentication, ...text]);
    if (code !== 0) throw failed(`initdb ended with code ${code}:\n${output}`);
    await rename(unfinished, dir.cluster);
    await syncDirectory(dir.root);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
}

async function removeUnfinished({ root }: DataDir): Promise<void> {
  for (const name of await readdir(root)) {
    if (!name.startsWith(UNFINISHED)) continue;
    // With retries, because the initdb of a killed program may still be writing there.
    await rm(join(root, name), { recursive: true, force: true, maxRetries: 10 });
  }
}

async function createPassword({ password: path }: DataDir): Promise<string> {
  const password = randomBytes(24).toString('base64url');
  await writeFile(`${path}.new`, password, { mode: 0o600, flush: true });
  await rename(`${path}.new`, path);
  return password;
}

/** A cluster that root copied belongs to root. The top directory comes last, so that an interrupted run is repeated. */
async function giveTo({ uid, gid }: ServerUser, cluster: string): Promise<void> {
  if ((await stat(cluster)).uid === uid) return;
  for (const name of await readdir(cluster, { recursive: true })) await lchown(join(cluster, name), uid, gid);
  await chown(cluster, uid, gid);
}

async function readIfPresent(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path);
  await directory.sync();
}

function failed(problem: string): StartupError {
  return new StartupError('EMBEDDED_POSTGRES_FAILED', `The embedded PostgreSQL did not start: ${problem}`);
}
