// The database of a program started without DATABASE_URL: a real PostgreSQL server inside the data directory, which
// only one program at a time may hold. This file lists the steps; each step is a file beside it.
import { dirname } from 'node:path';
import { StartupError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { assertReachable } from './assert-reachable.ts';
import { findBinaries, readMajor } from './binaries.ts';
import { assertSameMajor, prepareCluster } from './cluster.ts';
import { createDataDir, resolveDataDir } from './data-dir.ts';
import { launch } from './launch.ts';
import { lockDataDir } from './lock.ts';
import type { PostmasterExit } from './postmaster.ts';
import { chooseServerUser } from './server-user.ts';
import { stopLeftover } from './stop-leftover.ts';

export interface EmbeddedOptions {
  /** Absolute, or relative to the working directory; created if missing. */
  dataDir: string;
  log: Logger;
  /** Server settings over the defaults of `launch.ts`; the address and the port cannot be changed. */
  settings?: Record<string, string>;
  /** How long a fast shutdown may take before it becomes an immediate one. */
  graceMs?: number;
}

export interface EmbeddedServer {
  /** postgres://waybill:<password>@127.0.0.1:<port>/waybill */
  url: string;
  pid: number;
  /** Shuts the server down and releases the data directory. May be called again. */
  stop(): Promise<void>;
  /** Resolves when the server's process has ended, for whatever reason. */
  exited: Promise<PostmasterExit>;
}

/** Throws StartupError EMBEDDED_POSTGRES_UNAVAILABLE or _FAILED, DATA_DIR_IN_USE or _UNREACHABLE. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  try {
    return await start(options);
  } catch (error) {
    throw nameDataDir(error, options.dataDir);
  }
}

async function start({ dataDir, log, settings = {}, graceMs = 5_000 }: EmbeddedOptions): Promise<EmbeddedServer> {
  const binaries = await findBinaries(import.meta.url);
  const dir = await resolveDataDir(dataDir);
  const user = await chooseServerUser(dir.cluster);
  // Every check that can refuse comes before anything is created.
  if (user !== undefined) await assertReachable(user, dir.root, dirname(binaries.postgres));
  await assertSameMajor(dir, await readMajor(binaries, user));
  await createDataDir(dir, user);

  const unlock = await lockDataDir(dir.lock);
  try {
    await stopLeftover(dir.cluster, log);
    const password = await prepareCluster(dir, binaries, user);
    const command = { binary: binaries.postgres, cluster: dir.cluster, user, settings };
    const { postmaster, url } = await launch(command, password, log);
    let stopped: Promise<void> | undefined;
    const stop = () => (stopped ??= postmaster.stop(graceMs).then(unlock));
    return { url, pid: postmaster.pid, exited: postmaster.exited, stop };
  } catch (error) {
    await unlock();
    throw error;
  }
}

const REFUSALS: ReadonlySet<string> = new Set(
  'EACCES EPERM EROFS ENOTDIR EEXIST ENOTEMPTY ENOENT ENOSPC EDQUOT ELOOP ENAMETOOLONG'.split(' '),
);

/** File system errors during the start concern the data directory: the message names it, instead of a bare EACCES. */
function nameDataDir(error: unknown, dataDir: string): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (!REFUSALS.has(code)) return error;
  const message =
    `Cannot use the data directory ${dataDir}: ${(error as Error).message}. ` +
    'Set WAYBILL_DATA_DIR to a directory this user can write, or set DATABASE_URL to use a server of your own.';
  return new StartupError('DATA_DIR_UNREACHABLE', message, { cause: error });
}
