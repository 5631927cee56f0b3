// Reads `postmaster.pid`, in which PostgreSQL records the process that serves a cluster and the progress of its start.
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

export interface PidFile {
  pid: number;
  port: number;
  /** It accepts connections. */
  ready: boolean;
}

const pathOf = (cluster: string) => join(cluster, 'postmaster.pid');

/** The lines are PostgreSQL's LOCK_FILE_LINE_* (pidfile.h), read by pg_ctl in the same way. */
export async function readPidFile(cluster: string): Promise<PidFile | undefined> {
  const text = await readFile(pathOf(cluster), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  return pid > 0 ? { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' } : undefined;
}

export async function removePidFile(cluster: string): Promise<void> {
  await rm(pathOf(cluster), { force: true });
}
