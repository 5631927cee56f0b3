// A program ended by kill -9 leaves its server running. We could not read that server's log or see it exit, so it is
// stopped and a new one started. Only the holder of the data directory's lock may do this.
import { setTimeout as delay } from 'node:timers/promises';
import { StartupError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { readPidFile, removePidFile } from './pid-file.ts';
import { readCommand } from './processes.ts';

const PATIENCE_MS = 10_000;
const POLL_MS = 20;

export async function stopLeftover(cluster: string, log: Logger): Promise<void> {
  const leftover = await readPidFile(cluster);
  if (leftover === undefined) return;
  const { pid } = leftover;
  if (!(await serves(pid, cluster))) {
    // The pid may since have been given to another process, which PostgreSQL would take for a running server and refuse
    // to start. Backends that outlived their postmaster it still finds, by the shared memory of the cluster.
    await removePidFile(cluster);
    return;
  }
  log.warn({ pid, cluster }, 'stopping the PostgreSQL server of a program that was killed');
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    signalIfAlive(pid, signal);
    if (await isGone(pid, cluster)) return;
  }
  throw new StartupError(
    'EMBEDDED_POSTGRES_FAILED',
    `A PostgreSQL server with pid ${pid} still serves ${cluster} and does not stop. Stop it by hand, and start again.`,
  );
}

function signalIfAlive(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function isGone(pid: number, cluster: string): Promise<boolean> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  while (!patience.aborted) {
    if (!(await serves(pid, cluster))) return true;
    await delay(POLL_MS);
  }
  return false;
}

/** The words `spawnPostmaster` starts its command with: a reused pid must never be signalled. */
async function serves(pid: number, cluster: string): Promise<boolean> {
  const command = await readCommand(pid);
  return command !== undefined && command.includes(`/postgres -D ${cluster} -c `);
}
