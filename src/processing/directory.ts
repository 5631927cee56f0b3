// The directory that a runner keeps its temporary files in, and the removal of those that crashed processes left. Replicas
// may share a data directory, so another one's is removed only when its process is known to be gone, or has been silent.
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, readdir, readlink, realpath, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createDirectory } from '../create-directory.ts';
import { readStartTime } from '../db/embedded/processes.ts';

const SIGN_OF_LIFE_MS = 60_000;
const SILENT_MS = 10 * SIGN_OF_LIFE_MS;
/** Where pids mean the same, a pid, when that process started, and something random. */
const NAME = /^([0-9a-f]{12})-(\d+)-([^-]+)-[0-9a-f]{8}$/;

export interface RunnerDirectory {
  readonly path: string;
  remove(): Promise<void>;
}

/** @param parent created if missing, with mode 0700 as all in it */
export async function openRunnerDirectory(parent: string): Promise<RunnerDirectory> {
  await createDirectory(parent, 0o700);
  const root = await realpath(parent);
  const here = await readScope();
  const name = [here, process.pid, (await readStartTime(process.pid)) ?? 0, randomUUID().slice(0, 8)].join('-');
  const path = join(root, name);
  await mkdir(path, { mode: 0o700 });
  await removeLeftovers(root, here, path);
  const timer = setInterval(() => void showLife(root, here, path), SIGN_OF_LIFE_MS).unref();
  return {
    path,
    remove: async () => {
      clearInterval(timer);
      await rm(path, { recursive: true, force: true });
    },
  };
}

async function showLife(root: string, here: string, path: string): Promise<void> {
  const now = new Date();
  // Without a directory there is nobody to be told: jobs fail and say why.
  await utimes(path, now, now).catch(() => {});
  await removeLeftovers(root, here, path).catch(() => {});
}

async function removeLeftovers(root: string, here: string, own: string): Promise<void> {
  // Not this machine's clock: the file system may be another one's.
  const now = (await stat(own)).mtimeMs;
  for (const name of await readdir(root)) {
    const path = join(root, name);
    if (path !== own && (await isLeftover(name, path, here, now))) await rm(path, { recursive: true, force: true });
  }
}

async function isLeftover(name: string, path: string, here: string, now: number): Promise<boolean> {
  const [, scope, pid, startTime] = NAME.exec(name) ?? [];
  if (scope === here) return (await readStartTime(Number(pid))) !== startTime;
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && now - found.mtimeMs > SILENT_MS;
}

/** Two processes with the same scope see each other's pids. */
async function readScope(): Promise<string> {
  const parts =
    process.platform === 'linux'
      ? await Promise.all([readFile('/proc/sys/kernel/random/boot_id', 'utf8'), readlink('/proc/self/ns/pid')])
      : [hostname()];
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12);
}
