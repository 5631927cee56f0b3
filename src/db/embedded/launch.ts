// Starts a server on a prepared cluster and waits until it answers.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { StartupError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { ensureDatabase } from './database.ts';
import { readPidFile } from './pid-file.ts';
import { type Postmaster, type PostmasterCommand, spawnPostmaster } from './postmaster.ts';

const READY_MS = 60_000;
const POLL_MS = 20;
const MAX_ATTEMPTS = 5;
const RETRY_MS = 250;
const STOP_MS = 5_000;

// Errors that pass: another program took the port first, or backends of a killed postmaster have not exited yet.
const TRANSIENT = /Address already in use|pre-existing shared memory block/;

// Moderate, for a small machine. The durability settings are explicit, because an acknowledged mutation must be on disk.
const DEFAULTS = {
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  shared_buffers: '128MB',
  max_connections: '100',
  // Our own log adds the time and the level.
  log_line_prefix: '',
};

/** Throws StartupError EMBEDDED_POSTGRES_FAILED with the last lines of the server's log. */
export async function launch(
  command: PostmasterCommand,
  password: string,
  log: Logger,
): Promise<{ postmaster: Postmaster; url: string }> {
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort();
    const address = { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '' };
    const settings = { ...DEFAULTS, ...command.settings, ...address };
    const postmaster = await spawnPostmaster({ ...command, settings }, log);
    try {
      await waitUntilReady(postmaster, command.cluster);
      return { postmaster, url: await ensureDatabase(port, password) };
    } catch (error) {
      await postmaster.stop(STOP_MS);
      await postmaster.silent;
      const lines = postmaster.tail.join('\n');
      if (attempt === MAX_ATTEMPTS || !TRANSIENT.test(lines)) throw failed(error as Error, lines);
    }
    await delay(RETRY_MS);
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Reads the pid file. Trying the port could reach another program that took it first. */
async function waitUntilReady({ pid, exited }: Postmaster, cluster: string): Promise<void> {
  const deadline = AbortSignal.timeout(READY_MS);
  while (!deadline.aborted) {
    const pidFile = await readPidFile(cluster);
    if (pidFile?.pid === pid && pidFile.ready) return;
    const exit = await Promise.race([exited, delay(POLL_MS)]);
    if (exit !== undefined) throw new Error(`it exited with ${exit.signal ?? `code ${exit.code}`}`);
  }
  throw new Error(`it was not ready after ${READY_MS / 1000} s`);
}

function failed(cause: Error, lines: string): StartupError {
  const message = `The embedded PostgreSQL did not start: ${cause.message}. The last lines of its log:\n${lines}`;
  return new StartupError('EMBEDDED_POSTGRES_FAILED', message, { cause });
}
